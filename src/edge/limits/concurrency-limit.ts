import { DomainError } from '#libs/errors.js';

/** Limits how much runs at the same time. */
export class ConcurrencyLimit {
  private active = 0;
  private readonly waiting = new Set<() => void>();

  /**
   * @param what    plural noun for the error message, such as `imports`
   * @param setting the setting that `max` comes from
   */
  constructor(
    readonly max: number,
    private readonly what: string,
    private readonly setting: string,
    private readonly retryAfterSeconds = 1,
  ) {}

  /** @returns a function that releases the slot @throws DomainError resource_exhausted if no slot is free */
  tryAcquire(): () => void {
    if (this.active >= this.max) {
      throw new DomainError(
        'resource_exhausted',
        `Too many concurrent ${this.what}: the limit is ${this.max} (${this.setting}). Try again in ${this.retryAfterSeconds} s.`,
        { retryAfterSeconds: this.retryAfterSeconds },
      );
    }
    return this.take();
  }

  /** Waits for a slot. @returns a function that releases it @throws the signal's reason when it is aborted */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.active < this.max) return this.take();
    let giveUp = (): void => {};
    try {
      // A released slot goes to the first waiting caller, so a new one cannot overtake it.
      return await new Promise<() => void>((resolve, reject) => {
        const turn = (): void => resolve(this.take());
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

  private take(): () => void {
    this.active++;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.active--;
      const [next] = this.waiting;
      if (!next) return;
      this.waiting.delete(next);
      next();
    };
  }
}
