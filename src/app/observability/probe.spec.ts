import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Probe, ProbeTimeout } from './probe.js';

const LONG_MS = 60_000;

describe('a probe', () => {
  it('runs once for concurrent reads, and reuses a fresh result', async () => {
    let runs = 0;
    const probe = new Probe(async () => ++runs, LONG_MS, LONG_MS);

    expect(await Promise.all([probe.read(), probe.read()])).toEqual([1, 1]);
    expect(await probe.read()).toBe(1);
  });

  it('runs again when its result is old', async () => {
    let runs = 0;
    const probe = new Probe(async () => ++runs, LONG_MS, 0);

    expect([await probe.read(), await probe.read()]).toEqual([1, 2]);
  });

  it('times out, and does not start again while the last run hangs', async () => {
    let runs = 0;
    let end = (_result: string): void => {};
    const check = (): Promise<string> => {
      runs++;
      return new Promise((resolve) => (end = resolve));
    };
    const probe = new Probe(check, 20, 0);

    await expect(probe.read()).rejects.toThrow(new ProbeTimeout(20));
    await expect(probe.read()).rejects.toThrow('no answer within 0.02 s');
    expect(runs).toBe(1);

    end('late');
    await sleep(0);
    const again = probe.read();
    end('here');
    expect(await again).toBe('here');
  });

  it('passes errors on, and runs again after one', async () => {
    const outcomes = [Promise.reject(new Error('away')), Promise.resolve('here')];
    const probe = new Probe(() => outcomes.shift()!, LONG_MS, 0);

    await expect(probe.read()).rejects.toThrow('away');
    expect(await probe.read()).toBe('here');
  });
});
