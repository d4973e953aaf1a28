import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  QUICK,
  createdFolder,
  ended,
  expectStopped,
  forkOpener,
  killed,
  newFolder,
  openInChild,
  postmasterPid,
  query,
  releaseChild,
  spawnStranger,
} from '../../../../test/setup/embedded-harness.js';
import { withLock } from './directory-lock.js';
import { openEmbeddedPostgres } from './embedded-postgres.js';

/**
 * Waits until the server is up and the given number of processes are connected. A process that is not connected yet
 * does not keep the server from being stopped.
 */
async function untilUsedBy(count: number, url: string): Promise<void> {
  while ((await countUsers(url).catch(() => 0)) < count) await sleep(20);
}

/** How many processes are connected to the server as its users. */
async function countUsers(url: string): Promise<number> {
  const held = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted`;
  return (await query(url, held)).length;
}

describe('the embedded PostgreSQL', () => {
  it('is created by the first open, for this machine and this user only', async () => {
    const dir = await newFolder();
    const database = await openEmbeddedPostgres(dir, QUICK);

    expect(database.started).toBe(true);
    const { port } = new URL(database.url);
    expect(database.url).toMatch(/^postgresql:\/\/storewatch:[\w-]{32}@127\.0\.0\.1:\d+\/storewatch$/);
    expect(
      await query(database.url, `SELECT current_setting('port') AS port, current_setting('fsync') AS fsync`),
    ).toEqual([{ port, fsync: 'off' }]);
    expect(
      await query(
        database.url,
        `SELECT name, setting FROM pg_settings WHERE name IN
         ('listen_addresses', 'unix_socket_directories', 'server_encoding', 'lc_collate', 'TimeZone', 'wal_level',
          'synchronous_commit', 'max_connections') ORDER BY name`,
      ),
    ).toEqual([
      { name: 'TimeZone', setting: 'UTC' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'max_connections', setting: '60' },
      { name: 'server_encoding', setting: 'UTF8' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
      { name: 'wal_level', setting: 'minimal' },
    ]);
    expect(
      await query(database.url, `SELECT lower('ÉCLAIR') AS lower, 'Z' < 'a' AS bytes, 'a' < 'é' AS accents`),
    ).toEqual([{ lower: 'éclair', bytes: true, accents: true }]);

    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);
    const guess = database.url.replace(/:[^:@]*@/, ':guess@');
    await expect(query(guess, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await database.release();
  });

  it('is shared with other processes until the last one releases it', async () => {
    const dir = await createdFolder();
    const mine = await openEmbeddedPostgres(dir, QUICK);
    const other = await openInChild(dir);
    const alsoMine = await openEmbeddedPostgres(dir, QUICK);
    expect(other).toMatchObject({ started: false, url: mine.url });
    expect(alsoMine).toMatchObject({ started: false, url: mine.url });

    await mine.release();
    await mine.release();
    await alsoMine.release();
    expect(await query(mine.url, 'SELECT 1 AS up')).toEqual([{ up: 1 }]);

    await releaseChild(other);
    await expectStopped(dir, mine.url);
  });

  it('keeps its data across a restart', async () => {
    const dir = await createdFolder();
    const before = await openEmbeddedPostgres(dir, QUICK);
    await query(before.url, `CREATE TABLE kept AS SELECT 'here' AS value`);
    await before.release();

    const after = await openEmbeddedPostgres(dir, QUICK);
    expect(after.started).toBe(true);
    expect(await query(after.url, 'SELECT value FROM kept')).toEqual([{ value: 'here' }]);
    await after.release();
  });

  it('is started by exactly one of many processes that open it at the same time, even if it must be created', async () => {
    const dir = await newFolder();
    const mine = openEmbeddedPostgres(dir, QUICK);
    const others = await Promise.all([1, 2, 3].map(async () => openInChild(dir)));
    const ours = [await mine, await openEmbeddedPostgres(dir, QUICK)];
    const all = [...ours, ...others];

    expect(all.filter(({ started }) => started)).toHaveLength(1);
    expect(new Set(all.map(({ url }) => url)).size).toBe(1);

    await Promise.all([...ours.map(async (open) => open.release()), ...others.map(releaseChild)]);
    await expectStopped(dir, others[0]?.url ?? '');
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'survives its owner’s %s, and the next process takes it over',
    async (signal) => {
      const dir = await createdFolder();
      const owner = await openInChild(dir);
      // To the whole process group, like Ctrl-C in a terminal.
      process.kill(-(owner.child.pid ?? 0), signal);
      await ended(owner.child);

      const next = await openEmbeddedPostgres(dir, QUICK);
      expect(next).toMatchObject({ started: false, url: owner.url });
      // PostgreSQL needs a moment to notice that the owner's connection is gone; until then the owner counts as a user.
      while ((await countUsers(next.url)) !== 1) await sleep(5);
      await next.release();
      await expectStopped(dir, next.url);
    },
  );

  it('is created again after its creation was killed', async () => {
    const dir = await newFolder();
    const child = forkOpener(dir);
    while (!(await readdir(dir)).some((name) => name.startsWith('data.'))) await sleep(5);
    await ended(child, 'SIGKILL');
    await mkdir(join(dir, 'data.draft-old', 'base'), { recursive: true });

    const database = await openEmbeddedPostgres(dir, QUICK);
    expect(await query(database.url, 'SELECT 1 AS up')).toEqual([{ up: 1 }]);
    expect(await readdir(dir)).not.toContain('data.draft-old');
    await database.release();
  });

  it.each(['the postmaster', 'all of it'])(
    'is brought back by one of those who use it when %s is killed',
    async (what) => {
      const dir = await createdFolder();
      const mine = await openEmbeddedPostgres(dir, QUICK);
      const other = await openInChild(dir);
      await query(mine.url, `CREATE TABLE kept AS SELECT 'here' AS value`);
      const sessions = (await query(mine.url, 'SELECT pid FROM pg_stat_activity')) as { pid: number }[];
      const dead = (await postmasterPid(dir))!;
      process.kill(dead, 'SIGKILL');
      if (what === 'all of it') {
        for (const { pid } of sessions) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // It exited together with its postmaster.
          }
        }
      }

      await untilUsedBy(2, mine.url);
      expect(await query(mine.url, 'SELECT value FROM kept')).toEqual([{ value: 'here' }]);
      expect(await postmasterPid(dir)).not.toBe(dead);

      const late = await openEmbeddedPostgres(dir, QUICK);
      expect(late).toMatchObject({ started: false, url: mine.url });
      await late.release();
      await mine.release();
      expect(await query(mine.url, 'SELECT 1 AS up')).toEqual([{ up: 1 }]);
      await releaseChild(other);
      await expectStopped(dir, mine.url);
    },
  );

  it('reports a crash and the restart', async () => {
    const dir = await createdFolder();
    const told: string[] = [];
    const database = await openEmbeddedPostgres(dir, { ...QUICK, tell: (message) => told.push(message) });
    process.kill((await postmasterPid(dir))!, 'SIGKILL');
    while (told.length < 2) await sleep(5);
    expect(told).toEqual([
      expect.stringMatching(/^The database in .* crashed \(its log is .*postgres\.log\)\. Restarting it\.$/),
      expect.stringMatching(/^The database in .* is back\.$/),
    ]);
    await database.release();
  });

  it('fails its users with a clear message if it cannot restart on its port', async () => {
    const dir = await createdFolder();
    const database = await openEmbeddedPostgres(dir, QUICK);
    const squatter = createServer();
    await withLock(join(dir, 'start-stop.lock'), async () => {
      await killed((await postmasterPid(dir))!, 'SIGKILL');
      const { port } = new URL(database.url);
      await once(squatter.listen(Number(port), '127.0.0.1'), 'listening');
    });
    await expect(database.failed).rejects.toThrow(
      /^The database in .* crashed and could not be restarted\. Start Storewatch again\.\nIt moved to port \d+ because another program took port \d+\./,
    );
    squatter.close();
    await database.release();
  });

  it('starts although another program has the process id of an old postmaster.pid', async () => {
    const dir = await createdFolder();
    await (await openEmbeddedPostgres(dir, QUICK)).release();
    const stranger = spawnStranger();
    await writeFile(join(dir, 'data', 'postmaster.pid'), `${stranger}\n${dir}/data\n1\n1\n\n127.0.0.1\n1 1\nready\n`);

    const database = await openEmbeddedPostgres(dir, QUICK);
    expect(database.started).toBe(true);
    await database.release();
  });

  it('stays in use by a process whose connections were all cut', async () => {
    const dir = await createdFolder();
    const mine = await openEmbeddedPostgres(dir, QUICK);
    await query(mine.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ 'keeper'`);
    const held = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'`;
    while ((await query(mine.url, held)).length === 0) await sleep(5);

    const other = await openEmbeddedPostgres(dir, QUICK);
    await other.release();
    expect(await query(mine.url, 'SELECT 1 AS up')).toEqual([{ up: 1 }]);
    await mine.release();
    await expectStopped(dir, mine.url);
  });

  it('is stopped by the last process that releases it, even if some had not reconnected yet', async () => {
    const dir = await createdFolder();
    for (let round = 0; round < 5; round++) {
      const users = [await openEmbeddedPostgres(dir, QUICK), await openEmbeddedPostgres(dir, QUICK)];
      await killed((await postmasterPid(dir))!, 'SIGKILL');
      await untilUsedBy(1, users[0].url);
      for (const user of users) await user.release();
      await expectStopped(dir, users[0].url);
    }
  });

  it('works in folders with unusual names', async () => {
    const dir = join(await newFolder(), `it's "odd" $HOME \`id\` \\ ü`);
    const database = await openEmbeddedPostgres(dir, QUICK);
    expect(await query(database.url, 'SELECT 1 AS up')).toEqual([{ up: 1 }]);
    await database.release();
  });

  it('releases quietly when the folder was deleted', async () => {
    const dir = await createdFolder();
    const database = await openEmbeddedPostgres(dir, QUICK);
    const pid = await postmasterPid(dir);
    await rm(dir, { recursive: true, maxRetries: 20 });
    await expect(database.release()).resolves.toBeUndefined();
    await killed(pid ?? 0, 'SIGQUIT');
  });
});
