import { describe, expect, it } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QUICK, newFolder } from '../../../../test/setup/embedded-harness.js';
import { openEmbeddedPostgres } from './embedded-postgres.js';

describe('errors of the embedded PostgreSQL', () => {
  it('report that the data is from another major version', async () => {
    const dir = await newFolder();
    await mkdir(join(dir, 'data'));
    await writeFile(join(dir, 'data', 'PG_VERSION'), '17\n');
    await expect(openEmbeddedPostgres(dir, QUICK)).rejects.toThrow(
      /data is from PostgreSQL 17, but the embedded version is PostgreSQL 18\..*DATABASE_URL/s,
    );
  });

  it('report that the folder contains something else', async () => {
    const dir = await newFolder();
    await mkdir(join(dir, 'data'));
    await writeFile(join(dir, 'data', 'stores.csv'), '');
    await expect(openEmbeddedPostgres(dir, QUICK)).rejects.toThrow(/is not a PostgreSQL data folder/);
  });

  it('show the log of the server and what to do', async () => {
    const dir = await newFolder();
    await expect(openEmbeddedPostgres(dir, { settings: { ...QUICK.settings, work_mem: 'plenty' } })).rejects.toThrow(
      /did not start.*postgres\.log.*invalid value for parameter "work_mem": "plenty".*correct the one/s,
    );
    await (await openEmbeddedPostgres(dir, QUICK)).release();

    await rm(join(dir, 'password'));
    await expect(openEmbeddedPostgres(dir, QUICK)).rejects.toThrow(/password.*is missing/);
  });

  it('report that the folder cannot be created', async () => {
    const dir = await newFolder();
    await writeFile(join(dir, 'file'), '');
    await expect(openEmbeddedPostgres(join(dir, 'file', 'x'))).rejects.toThrow(/could not be opened.*ENOTDIR/s);
  });
});
