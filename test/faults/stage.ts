import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '#bench/scope.js';
import type { Random } from '../../src/sample-data/random.js';
import { type Place, check, settle } from './checker.js';
import type { Cluster } from './cluster.js';
import { Ledger } from './ledger.js';
import { Fleet, type Role } from './processes.js';
import { Traffic, sendCalendars } from './traffic.js';

/** What all stages share. */
export interface Run {
  readonly scope: Scope;
  readonly cluster: Cluster;
  readonly rounds: number;
  readonly seed: number;
  readonly random: Random;
  /** The folder of the processes' logs. */
  readonly logs: string;
  readonly say: (line: string) => void;
}

/** A fleet under traffic, for a stage to disturb. */
export interface World extends Run, Place {
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly traffic: Traffic;
}

/** Counts by name. */
export type Counts = Readonly<Record<string, number>>;

interface Way {
  readonly roles?: readonly Role[];
  /** The port to connect to instead of PostgreSQL's own. */
  readonly port?: number;
  readonly prepareHome?: (home: string) => Promise<void>;
  /** Checks in addition to the checker's. */
  readonly look?: (place: Place, ledger: Ledger) => Promise<Counts>;
}

const GO_ON_MS = 60_000;
const STOP_MS = 30_000;

/**
 * Runs a fleet under traffic on its own database and lets `disturb` cause its faults. Then compares what was
 * acknowledged with what is stored.
 */
export async function stage(
  run: Run,
  name: string,
  way: Way,
  disturb: (world: World) => Promise<Counts>,
): Promise<Counts> {
  const { scope, cluster, say } = run;
  const home = scope.path(`home-${name}`);
  await mkdir(home);
  await way.prepareHome?.(home);
  await cluster.createDatabase(name);
  const fleet = await Fleet.start(
    scope,
    { name, databaseUrl: cluster.url(name, way.port), home, logs: run.logs },
    way.roles,
  );
  await fleet.ready();
  await sendCalendars(fleet.apis()[0]);
  const ledger = new Ledger();
  const traffic = new Traffic(fleet, ledger, run.seed);
  const place: Place = { cluster, database: name, home };
  say(`${name}: all processes are running`);

  const faults = await disturb({ ...run, ...place, fleet, ledger, traffic });

  say(
    `${name}: the faults are over; ${ledger.acknowledgedPolls} polls and ${ledger.reports.size} reports acknowledged`,
  );
  await fleet.ready();
  const stuckClients = await traffic.stop(GO_ON_MS);
  await traffic.lastReport();
  const left = await settle(place);
  say(
    `${name}: settled in ${left.seconds.toFixed(1)} s; still unfinished: ${left.reports} reports, ${left.imports} imports`,
  );
  const stopped = await Promise.race([fleet.stop().then(() => true), sleep(STOP_MS, false, { ref: false })]);
  await fleet.stop('SIGKILL');
  const checked = { ...(await check(place, ledger)), ...(await way.look?.(place, ledger)) };
  await cluster.dropDatabase(name);

  for (const [answer, times] of ledger.wrongAnswers) say(`${name}: ${times} times ${answer}`);
  for (const end of fleet.ends) say(`${name}: ended on its own: ${end}`);
  for (const file of left.files.slice(0, 5)) say(`${name}: left in the storage: ${file}`);
  const parts = left.files.filter((file) => file.endsWith('.part'));
  return {
    ...faults,
    'polls acknowledged': ledger.acknowledgedPolls,
    'imports acknowledged': ledger.imports,
    'reports acknowledged': ledger.reports.size,
    'requests repeated': ledger.retries,
    'reports read': ledger.reads,
    'seconds to settle': Math.round(left.seconds),
    ...checked,
    'reports stuck after 60 s': left.reports,
    'imports stuck after 90 s': left.imports,
    'partial files read': ledger.partialReads,
    'unfinished files left after 90 s': parts.length,
    'files of no complete report left after 90 s': left.files.length - parts.length,
    'requests without an answer in 30 s': ledger.unanswered,
    'answers that are neither success nor 429 or 503': [...ledger.wrongAnswers.values()].reduce((a, b) => a + b, 0),
    'clients stuck after 60 s': stuckClients,
    'processes that ended by themselves': fleet.ends.length,
    'deployments that did not stop in 30 s': stopped ? 0 : 1,
  };
}
