import { describe, expect, it } from '@jest/globals';
import { ConcurrencyLimit } from './concurrency-limit.js';

describe('a concurrency limit', () => {
  it('rejects a caller when it is full, with the time to try again', () => {
    const limit = new ConcurrencyLimit(1, 'imports', 'MAX_IMPORTS', 7);
    const release = limit.tryAcquire();

    expect(() => limit.tryAcquire()).toThrow(
      expect.objectContaining({
        code: 'resource_exhausted',
        retryAfterSeconds: 7,
        message: 'Too many concurrent imports: the limit is 1 (MAX_IMPORTS). Try again in 7 s.',
      }),
    );

    release();
    expect(limit.tryAcquire()).toBeInstanceOf(Function);
  });

  it('ignores a second release', () => {
    const limit = new ConcurrencyLimit(1, 'imports', 'MAX_IMPORTS');
    const release = limit.tryAcquire();
    release();
    release();
    limit.tryAcquire();
    expect(() => limit.tryAcquire()).toThrow('MAX_IMPORTS');
  });

  it('admits waiting callers in order, and skips those that gave up', async () => {
    const limit = new ConcurrencyLimit(1, 'imports', 'MAX_IMPORTS');
    const order: string[] = [];
    const release = limit.tryAcquire();
    const [first, impatient, last] = [new AbortController(), new AbortController(), new AbortController()];
    const wait = async (name: string, { signal }: AbortController): Promise<void> => {
      const releaseAgain = await limit.acquire(signal);
      order.push(name);
      releaseAgain();
    };
    const all = [wait('first', first), wait('impatient', impatient), wait('last', last)];

    impatient.abort(new Error('too long'));
    await expect(all[1]).rejects.toThrow('too long');
    expect(order).toEqual([]);
    release();
    await Promise.all([all[0], all[2]]);

    expect(order).toEqual(['first', 'last']);
    await expect(limit.acquire(impatient.signal)).rejects.toThrow('too long');
    expect(limit.tryAcquire()).toBeInstanceOf(Function);
  });
});
