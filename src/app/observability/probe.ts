import { within } from '../../platform/clock/within.js';
import { outsideRequests } from '../../platform/database/request-scope.js';

/**
 * Runs a check that may be slow or never answer. Only one run is active at a time, callers wait at most `timeoutMs`, and a result
 * is reused for `freshMs`.
 */
export class Probe<Result> {
  private running: Promise<Result> | undefined;
  private last: { result: Promise<Result>; freshUntilMs: number } | undefined;

  constructor(
    private readonly check: () => Promise<Result>,
    private readonly timeoutMs: number,
    private readonly freshMs: number,
  ) {}

  /** @throws what the check throws, or ProbeTimeout */
  read(): Promise<Result> {
    if (this.last && performance.now() < this.last.freshUntilMs) return this.last.result;
    const last = { result: this.runWithTimeout(), freshUntilMs: Infinity };
    const startExpiry = (): void => void (last.freshUntilMs = performance.now() + this.freshMs);
    last.result.then(startExpiry, startExpiry);
    this.last = last;
    return last.result;
  }

  private async runWithTimeout(): Promise<Result> {
    // A hanging run is not started again: the next would hang too, and hold more resources.
    this.running ??= outsideRequests(this.check).finally(() => (this.running = undefined));
    return within(this.timeoutMs, this.running, () => {
      throw new ProbeTimeout(this.timeoutMs);
    });
  }
}

export class ProbeTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1_000} s`);
  }
}
