import { describe, expect, it } from '@jest/globals';
import { stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { QUICK, newFolder, openInChild, query, releaseChild } from '../../../../test/setup/embedded-harness.js';
import { openEmbeddedPostgres } from './embedded-postgres.js';

const describeForRoot = process.getuid?.() === 0 ? describe : describe.skip;
describeForRoot('as root where user namespaces are forbidden', () => {
  it('runs as another user, who becomes the owner of the folder', async () => {
    const dir = await newFolder();
    const database = await openInChild(dir, { PATH: await newFolder() });
    expect(database.started).toBe(true);
    expect((await stat(join(dir, 'data'))).uid).not.toBe(0);
    await releaseChild(database);

    const again = await openEmbeddedPostgres(dir, QUICK);
    expect(again.started).toBe(true);
    await again.release();
  });

  it('takes over a folder in which it ran as root', async () => {
    const dir = await newFolder();
    const before = await openEmbeddedPostgres(dir, QUICK);
    await query(before.url, 'CREATE TABLE kept (value int)');
    await before.release();

    const after = await openInChild(dir, { PATH: await newFolder() });
    expect(await query(after.url, 'SELECT * FROM kept')).toEqual([]);
    await releaseChild(after);
  });

  it('says what to do when that user cannot enter the folder', async () => {
    const dir = join(await newFolder(), 'inside');
    await expect(openInChild(dir, { PATH: await newFolder() })).rejects.toThrow(
      /cannot enter .*Run this as a normal user.*DATABASE_URL/s,
    );
  });

  it('gives that user access to the folder if setpriv can', async () => {
    const path = await newFolder();
    await symlink('/usr/bin/setpriv', join(path, 'setpriv'));
    const database = await openInChild(join(await newFolder(), 'inside'), { PATH: path });
    expect(await query(database.url, 'SELECT 1 AS up')).toEqual([{ up: 1 }]);
    await releaseChild(database);
  });
});
