import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { checkBuilt } from '#bench/dist.js';
import { Scope } from '#bench/scope.js';
import { Random } from '../../src/sample-data/random.js';
import { Cluster } from './cluster.js';
import { checkMayMount, disk } from './disk.js';
import { kills } from './kills.js';
import { migrations } from './migrations.js';
import { network } from './network.js';
import { overload } from './overload.js';
import { spoiled } from './spoiled.js';
import type { Counts, Run } from './stage.js';
import { checked, isKept, table } from './table.js';

const HELP = `npm run test:faults -- [options]

  --rounds N      number of kills in the main stage (default 6; 200 for the long form)
  --seed N        random seed (default 1)
  --only A,B      stages to run: migrations, kills, network, disk, overload; and spoiled, which tests the checker
  --logs DIR      where to keep the logs of all processes
`;

const STAGES: Record<string, (run: Run) => Promise<Counts>> = { migrations, kills, network, disk, overload, spoiled };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'migrations,kills,network,disk,overload' },
    logs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  checkBuilt();
  const names = values.only.split(',');
  const unknown = names.find((name) => !(name in STAGES));
  if (unknown !== undefined)
    throw new Error(`--only: unknown stage ${unknown}; the stages are ${Object.keys(STAGES).join(', ')}`);
  if (names.includes('disk')) checkMayMount();
  const [rounds, seed] = [whole('--rounds', values.rounds), whole('--seed', values.seed)];
  const startedAt = performance.now();
  const scope = await Scope.open();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void scope.close().finally(() => process.exit(130)));
  }
  const say = (line: string): void =>
    void process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} ${line}\n`);
  const results: Record<string, Counts> = {};
  try {
    const logs = values.logs ?? scope.path('logs');
    await mkdir(logs, { recursive: true });
    // At the same time, because much of it is waiting. Each stage has its own PostgreSQL.
    const runs = names.map(async (name) => {
      const cluster = await Cluster.start(scope, name);
      results[name] = await STAGES[name]({ scope, cluster, rounds, seed, random: new Random(seed), logs, say });
    });
    await Promise.all(runs);
  } finally {
    await scope.close();
    const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}`;
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
    const done = Object.fromEntries(names.flatMap((name) => (results[name] ? [[name, results[name]]] : [])));
    process.stdout.write(
      `${new Date().toISOString()}, ${rounds} rounds, seed ${seed}, ${minutes} min, ${machine}\n\n${table(done)}\n`,
    );
    const { passed, failed } = checked(names, results);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
  if (!isKept(results)) throw new Error('not every promise was kept');
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${option} must be a whole number of at least 1, got "${text}"`);
  return value;
}

if (values.help) process.stdout.write(HELP);
else {
  await main().catch((error: Error) => {
    process.stderr.write(`faults: FAILED\n${error.stack ?? error.message}\n`);
    // When one stage fails, others may still be running.
    process.exit(1);
  });
}
