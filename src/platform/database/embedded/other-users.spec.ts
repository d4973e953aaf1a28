import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { QUICK, newFolder, query } from '../../../../test/setup/embedded-harness.js';
import { openEmbeddedPostgres } from './embedded-postgres.js';

const STRANGER = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** The output of a command run as another user of the machine. */
function asStranger(...command: string[]): string {
  try {
    return execFileSync('setpriv', [...STRANGER, ...command], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

const describeForRoot = process.platform === 'linux' && process.getuid?.() === 0 ? describe : describe.skip;
describeForRoot('another user of the machine', () => {
  it('cannot read the embedded PostgreSQL, even in a folder that was open to all, and needs its password', async () => {
    const dir = join(await newFolder(), 'postgres');
    await mkdir(dir);
    await chmod(dirname(dir), 0o755);
    await chmod(dir, 0o777);
    expect(asStranger('ls', '-a', dir)).toContain('..');
    const database = await openEmbeddedPostgres(dir, QUICK);

    for (const name of ['password', 'postgres.log', 'data/PG_VERSION', 'data/postmaster.pid', 'data/storewatch.conf']) {
      await stat(join(dir, name));
      expect(asStranger('cat', join(dir, name))).toContain('Permission denied');
    }
    expect(asStranger('touch', join(dir, 'password'))).toContain('Permission denied');
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    for (const name of ['password', 'postgres.log']) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, 'data'))).mode & 0o777).toBe(0o700);

    // A user who can connect needs the password.
    const rules = (await readFile(join(dir, 'data', 'pg_hba.conf'), 'utf8'))
      .split('\n')
      .filter((line) => /^\w/.test(line));
    expect(new Set(rules.map((line) => line.split(/\s+/).at(-1)))).toEqual(new Set(['scram-sha-256']));
    for (const password of ['guess', 'storewatch', 'postgres']) {
      const guess = database.url.replace(/:[^:@]*@/, `:${password}@`);
      await expect(query(guess, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    }
    await database.release();
  });
});
