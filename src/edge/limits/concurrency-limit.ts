import { DomainError } from '#libs/errors.js';

/** Lets only so many in at once. */
export class ConcurrencyLimit {
  private inside = 0;
  private readonly waiting = new Set<() => void>();

  /**
   * @param what    in the plural, for those who are refused: `imports`
   * @param setting where `max` comes from
   */
  constructor(
    readonly max: number,
    private readonly what: string,
    private readonly setting: string,
    private readonly retryAfterSeconds = 1,
  ) {}

  /** @returns what to call, once, when it is over @throws DomainError resource_exhausted when nobody is let in */
  tryAcquire(): () => void {
    if (this.inside >= this.max) {
      throw new DomainError(
        'resource_exhausted',
        `${this.max} ${this.what} are going on, and no more are taken at once (${this.setting}). Try again in ${this.retryAfterSeconds} s.`,
        undefined,
        { retryAfterSeconds: this.retryAfterSeconds },
      );
    }
    return this.letIn();
  }

  /** The same for those who wait their turn. @throws the reason of the signal when they do not wait any longer */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.inside < this.max) return this.letIn();
    let giveUp = (): void => {};
    try {
      // Whoever goes hands the place on, so that nobody overtakes those who wait.
      return await new Promise<() => void>((resolve, reject) => {
        const turn = (): void => resolve(this.letIn());
        this.waiting.add(turn);
        giveUp = () => {
          this.waiting.delete(turn);
          reject(signal!.reason as Error);
        };
        signal?.addEventListener('abort', giveUp, { once: true });
      });
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  private letIn(): () => void {
    this.inside++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.inside--;
      const [next] = this.waiting;
      if (!next) return;
      this.waiting.delete(next);
      next();
    };
  }
}
