import type { MikroORM } from '@mikro-orm/postgresql';
import { Report } from './report.entity.js';

/** The home of report. */
export class ReportsRepository {
  constructor(private readonly orm: MikroORM) {}

  async create(report: Report): Promise<Report> {
    await this.orm.em.fork().insert(Report, report);
    return report;
  }

  find(id: string): Promise<Report | null> {
    return this.orm.em.fork().findOne(Report, { id });
  }

  countRunning(): Promise<number> {
    return this.orm.em.fork().count(Report, { status: 'Running' });
  }

  /** Changes a report that is still running; one that has come to its end stays as it is. */
  async update(id: string, changes: Partial<Report>): Promise<void> {
    await this.orm.em.fork().nativeUpdate(Report, { id, status: 'Running' }, changes);
  }
}
