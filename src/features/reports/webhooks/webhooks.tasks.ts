import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Jobs } from '../../../platform/jobs/jobs.js';
import { Roles } from '../../../platform/config/roles.js';
import { WebhooksService } from './webhooks.service.js';

/** Concurrent deliveries. A receiver that does not answer occupies one for 15 s. */
const AT_ONCE = 8;

/** Sends webhooks, in workers. */
@Injectable()
export class WebhooksTasks implements OnApplicationBootstrap {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly jobs: Jobs,
    private readonly roles: Roles,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.roles.has('worker')) return;
    await this.jobs.work('webhook', ({ reportId, attempt }) => this.webhooks.deliver(reportId, attempt), AT_ONCE);
  }
}
