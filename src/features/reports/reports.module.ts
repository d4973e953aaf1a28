import { Module } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.js';
import { PollsModule } from '../polls/polls.module.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { OldReportsRepository } from './files/old-reports.repository.js';
import { ReportFactsRepository } from './make/report-inputs.repository.js';
import { ReportRequests } from './request/report-requests.js';
import { ReportWatch } from './report-watch.js';
import { ReportMaker } from './make/report-maker.js';
import { ReportRetention } from './files/report-retention.js';
import { ReportsRepository } from './record/reports.repository.js';
import { ReportsService } from './reports.service.js';
import { ReportsTasks } from './reports.tasks.js';
import { WebhookSender } from './webhooks/webhook-sender.js';
import { WebhooksRepository } from './webhooks/webhooks.repository.js';
import { WebhooksService } from './webhooks/webhooks.service.js';
import { WebhooksTasks } from './webhooks/webhooks.tasks.js';

@Module({
  imports: [PollsModule, RollupsModule, TimezonesModule],
  providers: [
    ReportRequests,
    ReportsService,
    ReportMaker,
    ReportWatch,
    ReportsTasks,
    ReportRetention,
    {
      provide: OldReportsRepository,
      inject: [Database],
      useFactory: (db: Database) => new OldReportsRepository(db.pool),
    },
    WebhooksService,
    WebhooksTasks,
    { provide: WebhookSender, inject: [Settings], useFactory: (settings: Settings) => new WebhookSender(settings) },
    {
      provide: WebhooksRepository,
      inject: [Database, Jobs],
      useFactory: (db: Database, jobs: Jobs) => new WebhooksRepository(db.pool, jobs),
    },
    {
      provide: ReportsRepository,
      inject: [Database, WebhooksRepository],
      useFactory: (db: Database, webhooks: WebhooksRepository) =>
        new ReportsRepository(db, (client, id) => webhooks.ask(client, id)),
    },
    {
      provide: ReportFactsRepository,
      inject: [Database, RollupsService, TimezonesService],
      useFactory: (db: Database, rollups: RollupsService, timezones: TimezonesService) =>
        new ReportFactsRepository(db.pool, rollups, timezones),
    },
  ],
  exports: [ReportFactsRepository, ReportRequests, ReportsService, ReportMaker, ReportRetention, ReportWatch],
})
export class ReportsModule {}
