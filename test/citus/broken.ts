import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { toDomainError } from '../../src/edge/errors/error-table.js';
import { CITUS_URL, type CitusTurn } from './citus.js';

/** Ends every session of this database on the workers, in the middle of what it does. @returns how many there were */
export async function endWorkerSessions(turn: CitusTurn): Promise<number> {
  const counts = await turn.onWorkers(
    `select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()) as ended`,
  );
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

/**
 * Runs `work`, and ends all sessions on the workers just before it sends its nth statement.
 * @returns whether it sent that many
 */
export async function brokenBefore(turn: CitusTurn, nth: number, work: () => Promise<void>): Promise<boolean> {
  const query: unknown = Reflect.get(Client.prototype, 'query');
  const send = (client: Client, args: unknown[]): Promise<unknown> =>
    Promise.resolve(Reflect.apply(query as () => Promise<unknown>, client, args));
  let left = nth;
  let isOwn = false;
  Reflect.set(Client.prototype, 'query', function (this: Client, ...args: unknown[]): unknown {
    const [first] = args;
    // Only calls that return a promise can wait: not those of COPY, and not those of a pool.
    const mayWait =
      typeof args.at(-1) !== 'function' && (typeof first === 'string' || !('submit' in (first as object)));
    if (isOwn || !mayWait || --left !== 0) return Reflect.apply(query as () => unknown, this, args);
    isOwn = true;
    const ending = endWorkerSessions(turn).finally(() => (isOwn = false));
    return ending.then(() => send(this, args));
  });
  try {
    await work();
  } finally {
    Reflect.set(Client.prototype, 'query', query);
  }
  return left <= 0;
}

/** Ends the sessions on the workers again and again until it is stopped. */
export class SessionKiller {
  ended = 0;
  private isStopped = false;
  private readonly running: Promise<void>;

  constructor(turn: CitusTurn, pauseMs: number) {
    this.running = (async () => {
      for (; !this.isStopped; await sleep(pauseMs)) this.ended += await endWorkerSessions(turn);
    })();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }
}

/** The errors that were not reported as a database that is away, each once. */
export class Failures {
  count = 0;
  readonly wrong = new Set<string>();

  note(error: unknown): void {
    this.count++;
    if (toDomainError(error).code === 'unavailable') return;
    const { code, message } = error as { code?: string; message?: string };
    // Without the names of shards, ports and pids.
    this.wrong.add(`${code}: ${message?.replace(/\d{2,}/g, 'N')}`);
  }
}

/**
 * Finishes what a broken commit left prepared, as Citus does every minute, and checks that nothing is left on any
 * server. @returns how many transactions were finished
 */
export async function finishPrepared(turn: CitusTurn): Promise<number> {
  const [{ finished }] = await turn.query<{ finished: number }>('select recover_prepared_transactions() as finished');
  const left = await turn.onWorkers('select count(*) from pg_prepared_xacts where database = current_database()');
  const [{ here }] = await turn.query<{ here: number }>(
    'select count(*)::integer as here from pg_prepared_xacts where database = current_database()',
  );
  expect([...left, String(here)]).toEqual([...left.map(() => '0'), '0']);
  return finished;
}

/**
 * Runs `work` while a transaction is committed on the coordinator, but only prepared on the workers. Citus would finish
 * it within a minute, so the lock of its recovery is held meanwhile.
 */
export async function unfinishedCommit(turn: CitusTurn, work: () => Promise<void>): Promise<void> {
  const GID = 'citus_0_1_1_1';
  const recovery = new Client({ connectionString: CITUS_URL });
  await recovery.connect();
  await recovery.query('begin');
  await recovery.query('select recover_prepared_transactions()');
  try {
    await turn.onWorkers(`begin; select txid_current(); prepare transaction '${GID}'`);
    await turn.query(
      'insert into pg_dist_transaction (groupid, gid) select groupid, $1 from pg_dist_node where groupid <> 0',
      [GID],
    );
    await work();
  } finally {
    await recovery.end();
    await finishPrepared(turn);
  }
}
