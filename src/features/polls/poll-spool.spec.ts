import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PollSpool } from './poll-spool.js';

/** Regression: on a full disk an import failed with 500 "Internal error". */
describe('a spool on a file system that refuses it', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'storewatch-spool-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is unavailable when it cannot be created', async () => {
    await writeFile(join(folder, 'file'), '');
    const opening = PollSpool.open(join(folder, 'file', 'spool'));
    await expect(opening).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/ENOTDIR/) });
  });

  it('is unavailable when it cannot be written', async () => {
    const spool = await PollSpool.open(folder);
    await spool.close(); // from here on every write fails, with EBADF instead of ENOSPC
    const writing = spool.write(1, Float64Array.of(1, 2));
    await expect(writing).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/EBADF/) });
  });
});
