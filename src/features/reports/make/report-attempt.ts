import type { ReportsRepository } from '../record/reports.repository.js';

const CHECK_EVERY_MS = 500;
/** Much shorter than the silence after which ReportsTasks considers a process gone. */
const MAX_BEAT_INTERVAL_MS = 5_000;

/**
 * One attempt at making a report. It regularly records a heartbeat and its progress. It is aborted when it is
 * superseded: a new attempt began because this one was silent for too long, or the report ended, for example because it
 * was cancelled.
 */
export class ReportAttempt {
  private readonly superseded = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private storesDone = 0;
  private lastBeat = { storesDone: 0, atMs: performance.now() };

  private constructor(
    private readonly reports: ReportsRepository,
    private readonly id: string,
    /** From 1. */
    readonly number: number,
  ) {
    this.timer = setInterval(() => void this.check(), CHECK_EVERY_MS).unref();
  }

  /** @returns undefined when the report has already ended */
  static async begin(reports: ReportsRepository, id: string): Promise<ReportAttempt | undefined> {
    const number = await reports.beginAttempt(id);
    return number === undefined ? undefined : new ReportAttempt(reports, id, number);
  }

  /** Aborted when the attempt is superseded. */
  get signal(): AbortSignal {
    return this.superseded.signal;
  }

  progress(storesDone: number): void {
    this.storesDone = storesDone;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    const nowMs = performance.now();
    const shouldBeat =
      this.storesDone !== this.lastBeat.storesDone || nowMs >= this.lastBeat.atMs + MAX_BEAT_INTERVAL_MS;
    if (shouldBeat) this.lastBeat = { storesDone: this.storesDone, atMs: nowMs };
    const asked = shouldBeat
      ? this.reports.beat(this.id, this.number, this.storesDone)
      : this.reports.isCurrent(this.id, this.number);
    // A failed query does not end the attempt: the next heartbeat may succeed.
    const isCurrent = await asked.catch(() => true);
    if (!isCurrent) this.superseded.abort(new Error(`attempt ${this.number} at the report ${this.id} was superseded`));
  }
}
