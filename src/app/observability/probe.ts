import { within } from '../../platform/clock/within.js';
import { outsideRequests } from '../../platform/database/request-scope.js';

/**
 * Runs a check that may be slow or never answer. Only one run is active at a time, callers wait at most `timeoutMs`, and a result
 * is reused for `freshMs`.
 */
export class Probe<Found> {
  private looking: Promise<Found> | undefined;
  private last: { found: Promise<Found>; freshUntilMs: number } | undefined;

  constructor(
    private readonly look: () => Promise<Found>,
    private readonly timeoutMs: number,
    private readonly freshMs: number,
  ) {}

  /** @throws what the check throws, or ProbeTimeout */
  read(): Promise<Found> {
    if (this.last && performance.now() < this.last.freshUntilMs) return this.last.found;
    const last = { found: this.atMost(), freshUntilMs: Infinity };
    const growOld = (): void => void (last.freshUntilMs = performance.now() + this.freshMs);
    last.found.then(growOld, growOld);
    this.last = last;
    return last.found;
  }

  private async atMost(): Promise<Found> {
    // A hanging run is not started again: the next would hang too, and hold more resources.
    this.looking ??= outsideRequests(this.look).finally(() => (this.looking = undefined));
    return within(this.timeoutMs, this.looking, () => {
      throw new ProbeTimeout(this.timeoutMs);
    });
  }
}

export class ProbeTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1_000} s`);
  }
}
