import { Module } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { PollsModule } from '../polls/polls.module.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { OldReportsRepository } from './files/old-reports.repository.js';
import { ReportFileWriter } from './make/report-file-writer.js';
import { ReportInputsRepository } from './make/report-inputs.repository.js';
import { PartHelper } from './make/part-helper.js';
import { ReportPartsRepository } from './make/report-parts.repository.js';
import { PartSharing } from './make/shared-parts.js';
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
    OldReportsRepository,
    WebhooksService,
    WebhooksTasks,
    WebhookSender,
    WebhooksRepository,
    {
      provide: ReportsRepository,
      inject: [Database, WebhooksRepository],
      useFactory: (db: Database, webhooks: WebhooksRepository) =>
        new ReportsRepository(db, (client, id) => webhooks.queue(client, id)),
    },
    ReportInputsRepository,
    ReportFileWriter,
    ReportPartsRepository,
    PartSharing,
    PartHelper,
  ],
  exports: [ReportInputsRepository, ReportRequests, ReportsService, ReportMaker, ReportRetention, ReportWatch],
})
export class ReportsModule {}
