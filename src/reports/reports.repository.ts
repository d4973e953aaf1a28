import type { MikroORM } from '@mikro-orm/postgresql';
import { Report } from './report.entity.js';

/** The home of report. */
export class ReportsRepository {
  private readonly reading = new Map<string, Promise<Report | null>>();

  constructor(private readonly orm: MikroORM) {}

  async create(report: Report): Promise<Report> {
    await this.orm.em.fork().insert(Report, report);
    return report;
  }

  /** Those who ask for the same report while it is being read share the answer: it is asked for again and again until it is complete. */
  find(id: string): Promise<Report | null> {
    const reading =
      this.reading.get(id) ??
      this.orm.em
        .fork()
        .findOne(Report, { id })
        .finally(() => this.reading.delete(id));
    this.reading.set(id, reading);
    return reading;
  }

  /** Changes a report that is still running; one that has come to its end stays as it is. */
  async update(id: string, changes: Partial<Report>): Promise<void> {
    await this.orm.em.fork().nativeUpdate(Report, { id, status: 'Running' }, changes);
  }
}
