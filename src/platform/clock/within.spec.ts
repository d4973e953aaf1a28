import { describe, expect, it } from '@jest/globals';
import { within } from './within.js';

describe('within', () => {
  it('returns the result of the work, or its error', async () => {
    const late = (): string => 'late';
    expect(await within(60_000, Promise.resolve('done'), late)).toBe('done');
    await expect(within(60_000, Promise.reject(new Error('failed')), late)).rejects.toThrow('failed');
  });

  it('calls late when the work takes too long', async () => {
    expect(await within(1, new Promise<string>(() => {}), () => 'late')).toBe('late');
    const late = (): never => {
      throw new Error('too long');
    };
    await expect(within(1, new Promise(() => {}), late)).rejects.toThrow('too long');
  });
});
