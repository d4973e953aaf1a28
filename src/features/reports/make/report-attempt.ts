import type { ReportsRepository } from '../record/reports.repository.js';

const LOOK_EVERY_MS = 500;
/** Far less than what ReportsTasks takes for the end of a process. */
const BEAT_AT_LEAST_EVERY_MS = 5_000;

/**
 * One attempt at making a report. It says all the time that it is alive and how far it is, and is told when it is no longer
 * wanted: another attempt has begun, because this one was silent for too long, or the report has come to its end, as when
 * it was cancelled.
 */
export class ReportAttempt {
  private readonly lost = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private storesDone = 0;
  private told = { storesDone: 0, atMs: performance.now() };

  private constructor(
    private readonly reports: ReportsRepository,
    private readonly id: string,
    /** From 1. */
    readonly number: number,
  ) {
    this.timer = setInterval(() => void this.tell(), LOOK_EVERY_MS).unref();
  }

  /** @returns undefined when the report has come to its end */
  static async begin(reports: ReportsRepository, id: string): Promise<ReportAttempt | undefined> {
    const number = await reports.beginAttempt(id);
    return number === undefined ? undefined : new ReportAttempt(reports, id, number);
  }

  /** Aborted when the attempt is no longer wanted. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  progress(storesDone: number): void {
    this.storesDone = storesDone;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async tell(): Promise<void> {
    const nowMs = performance.now();
    const isNews = this.storesDone !== this.told.storesDone || nowMs >= this.told.atMs + BEAT_AT_LEAST_EVERY_MS;
    if (isNews) this.told = { storesDone: this.storesDone, atMs: nowMs };
    const asked = isNews
      ? this.reports.beat(this.id, this.number, this.storesDone)
      : this.reports.isWanted(this.id, this.number);
    // An error says nothing about the attempt: the next beat may get through.
    const isWanted = await asked.catch(() => true);
    if (!isWanted) this.lost.abort(new Error(`attempt ${this.number} at the report ${this.id} is no longer wanted`));
  }
}
