import { describe, expect, it } from '@jest/globals';
import { ConcurrencyLimit } from './concurrency-limit.js';

describe('a gate', () => {
  it('refuses whoever comes when it is full, and says when to come back', () => {
    const gate = new ConcurrencyLimit(1, 'dances', 'MAX_DANCES', 7);
    const leave = gate.tryAcquire();

    expect(() => gate.tryAcquire()).toThrow(
      expect.objectContaining({
        code: 'resource_exhausted',
        retryAfterSeconds: 7,
        message: '1 dances are going on, and no more are taken at once (MAX_DANCES). Try again in 7 s.',
      }),
    );

    leave();
    expect(gate.tryAcquire()).toBeInstanceOf(Function);
  });

  it('counts whoever leaves twice once', () => {
    const gate = new ConcurrencyLimit(1, 'dances', 'MAX_DANCES');
    const leave = gate.tryAcquire();
    leave();
    leave();
    gate.tryAcquire();
    expect(() => gate.tryAcquire()).toThrow('MAX_DANCES');
  });

  it('lets those in who wait, in their order, and passes over those who gave up', async () => {
    const gate = new ConcurrencyLimit(1, 'dances', 'MAX_DANCES');
    const order: string[] = [];
    const leave = gate.tryAcquire();
    const [first, impatient, last] = [new AbortController(), new AbortController(), new AbortController()];
    const wait = async (name: string, { signal }: AbortController): Promise<void> => {
      const leaveAgain = await gate.acquire(signal);
      order.push(name);
      leaveAgain();
    };
    const all = [wait('first', first), wait('impatient', impatient), wait('last', last)];

    impatient.abort(new Error('too long'));
    await expect(all[1]).rejects.toThrow('too long');
    expect(order).toEqual([]);
    leave();
    await Promise.all([all[0], all[2]]);

    expect(order).toEqual(['first', 'last']);
    await expect(gate.acquire(impatient.signal)).rejects.toThrow('too long');
    expect(gate.tryAcquire()).toBeInstanceOf(Function);
  });
});
