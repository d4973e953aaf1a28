import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { checkBuilt } from '#bench/dist.js';
import { measure, type Plan } from '#bench/measure.js';
import { type Row, table } from '#bench/rows.js';
import { Scope } from '#bench/scope.js';

const HELP = `npm run bench -- [options]

  --quick         200,000 polls instead of 2 million, in under a minute
  --json FILE     write all measurements to FILE
  --stores N      stores (default 14000)
  --days N        days of polls (default 7)
  --growth        also measure ten times the days
  --width         also measure ten times the stores, for one day
  --year          only measure a year, loaded week by week (five minutes)
  --million       only measure a million stores for one day, the page included (ten minutes)
  --citus URL     only compare a Citus (an empty database on its coordinator) with plain PostgreSQL on the same server
  --dense         only measure polls every five minutes, and a month of one store polled every second
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    stores: { type: 'string' },
    days: { type: 'string', default: '7' },
    growth: { type: 'boolean', default: false },
    width: { type: 'boolean', default: false },
    year: { type: 'boolean', default: false },
    dense: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    citus: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  checkBuilt();
  const { quick, growth, width, year, dense, million } = values;
  const stores = quick ? '1400' : million ? '1000000' : '14000';
  const plan: Plan = {
    size: { stores: whole(values.stores ?? stores), days: whole(values.days) },
    repeats: quick ? { copies: 3, reports: 5, ticks: 3 } : { copies: 3, reports: 9, ticks: 5 },
    starts: quick ? 1 : 3,
    duckdbRuns: 3,
    liveBatches: quick ? 50 : 200,
    growth,
    width,
    year,
    dense,
    million,
    ...(values.citus !== undefined && { citus: values.citus }),
  };
  const scope = await Scope.open();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void scope.close().finally(() => process.exit(130)));
  }
  const startedAt = new Date();
  const [loadBefore] = loadavg();
  const rows: Row[] = [];
  let failure: unknown;
  try {
    await measure(
      scope,
      plan,
      (stage) => process.stderr.write(`bench: ${stage}\n`),
      (more) => rows.push(...more),
    );
  } catch (error) {
    failure = error;
  } finally {
    await scope.close();
  }
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}`;
  const load = `load average ${loadBefore.toFixed(1)} before and ${loadavg()[0].toFixed(1)} after`;
  const { size } = plan;
  process.stdout.write(
    `${startedAt.toISOString()}, ${size.stores} stores, ${size.days} days, ${machine}, ${load}\n\n${table(rows)}\n`,
  );
  const missed = rows.filter(({ pass }) => !pass);
  process.stdout.write(`\n${rows.length - missed.length} of ${rows.length} targets met\n`);
  if (values.json !== undefined) {
    const isWhole = failure === undefined;
    await writeFile(values.json, `${JSON.stringify({ startedAt, machine, load, plan, isWhole, rows }, null, 2)}\n`);
  }
  // The measurements before the failure were printed; now report the failure.
  if (failure !== undefined) throw failure;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--stores and --days must be a whole number from 1, got "${text}"`);
  return value;
}

if (values.help) process.stdout.write(HELP);
else {
  await main().catch((error: Error) => {
    process.stderr.write(`bench: FAILED\n${error.stack ?? error.message}\n`);
    process.exitCode = 1;
  });
}
