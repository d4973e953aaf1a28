import { describe, expect, it } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killed, newFolder, spawnStranger } from '../../../../test/setup/embedded-harness.js';
import { withLock } from './directory-lock.js';

describe('the lock of a folder', () => {
  it('has one holder at a time, and leaves no files behind', async () => {
    const dir = await newFolder();
    let inside = 0;
    const most: number[] = [];
    const enter = async (): Promise<void> => {
      most.push(++inside);
      await sleep(1);
      inside--;
    };
    await Promise.all(Array.from({ length: 10 }, async () => withLock(join(dir, 'lock'), enter)));
    expect(most).toEqual(Array(10).fill(1));
    expect(await readdir(dir)).toEqual([]);
  });

  it('is released after the work fails', async () => {
    const lock = join(await newFolder(), 'lock');
    await expect(withLock(lock, async () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
    expect(await withLock(lock, async () => 'done')).toBe('done');
  });

  it('is taken over from a dead process by exactly one of many', async () => {
    const dir = await newFolder();
    const lock = join(dir, 'lock');
    const stranger = spawnStranger();
    await killed(stranger, 'SIGKILL');
    await writeFile(lock, `${stranger} 1 x\n`);
    let inside = 0;
    const enter = async (): Promise<void> => {
      expect(++inside).toBe(1);
      await sleep(1);
      inside--;
    };
    await Promise.all(Array.from({ length: 10 }, async () => withLock(lock, enter)));
    expect(await readdir(dir)).toEqual([]);
  });

  it('is taken over if the process id of the holder now belongs to another process, even this one', async () => {
    const lock = join(await newFolder(), 'lock');
    const mine = await withLock(lock, async () => readFile(lock, 'utf8'));
    const [pid, start] = mine.split(' ');
    expect(Number(pid)).toBe(process.pid);
    if (process.platform !== 'linux') return;
    await writeFile(lock, `${pid} ${Number(start) - 1} x\n`);
    expect(await withLock(lock, async () => 'mine')).toBe('mine');
  });
});
