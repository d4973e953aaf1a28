import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Program, openProgram } from '../program/program.js';
import { CITUS_URL, CitusTurn, TURN_MS, withCitus } from './citus.js';
import { DAYS, DAY_MS, START_MS, begin, expectSame, livePolls, next, resultsOf, stores } from './facts.js';

const MOVED = 6;
const MINUTE_MS = 60_000;

/** The servers need wal_level = logical: shards move while they are written. */
withCitus('shards that move to another server', () => {
  let turn: CitusTurn;
  let plain: Program;
  let citus: Program;

  beforeAll(async () => {
    turn = await CitusTurn.take();
    plain = await openProgram();
    citus = await openProgram({ DATABASE_URL: CITUS_URL, DISTRIBUTED: 'on' });
    for (const program of [plain, citus]) {
      await begin(program);
      await next(program);
    }
  }, TURN_MS);

  afterAll(async () => {
    await citus?.close();
    await plain?.close();
    await turn?.end();
  });

  it('disturb neither two clients that send polls nor roll-ups, and lose nothing', async () => {
    const done = new AbortController();
    const sent: number[] = [];
    const client = async (first: number): Promise<void> => {
      for (let batch = first; !done.signal.aborted; batch += 2) {
        const polledAtMs = START_MS + (DAYS + 1) * DAY_MS + batch * MINUTE_MS;
        await citus.polls.ingest(livePolls(polledAtMs));
        sent.push(polledAtMs);
      }
    };
    const rollUps = async (): Promise<void> => {
      while (!done.signal.aborted) await citus.rollups.bringUpToDate();
    };
    const working = Promise.all([client(0), client(1), rollUps()]);
    const moved = moveShards(turn, MOVED).finally(() => done.abort());
    await Promise.all([working, moved]);

    expect(await moved).toBe(MOVED);
    expect(sent.length).toBeGreaterThan(MOVED);
    for (const polledAtMs of sent) await plain.polls.ingest(livePolls(polledAtMs));
    for (const program of [plain, citus]) await program.rollups.bringUpToDate();
    const results = await resultsOf(citus);
    expect(results.polls.length).toBeGreaterThan(sent.length * stores.length);
    expectSame(results, await resultsOf(plain));
  }, 300_000);
});

interface Server {
  readonly name: string;
  readonly port: number;
}

/** Moves shards, each with those colocated with it, to another server. @returns how many */
async function moveShards(turn: CitusTurn, count: number): Promise<number> {
  const servers = await turn.query<Server>(
    'select nodename as name, nodeport as port from pg_dist_node where shouldhaveshards and isactive',
  );
  const shards = await turn.query<Server & { shardid: string }>(
    `select shardid, nodename as name, nodeport as port from citus_shards
     where table_name = 'status_poll'::regclass order by shardid limit $1`,
    [count],
  );
  for (const { shardid, name, port } of shards) {
    const other = servers.find((server) => server.name !== name || server.port !== port);
    if (!other) throw new Error('The Citus of TEST_CITUS_URL must have two servers with shards.');
    await turn.query(`select citus_move_shard_placement($1, $2, $3, $4, $5, 'force_logical')`, [
      shardid,
      name,
      port,
      other.name,
      other.port,
    ]);
  }
  return shards.length;
}
