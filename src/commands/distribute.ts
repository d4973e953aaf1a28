import { DomainError } from '#libs/errors.js';
import { Settings } from '../platform/config/settings.js';
import { openDatabase } from '../app/process-context.js';
import { checkCitus, distribute } from '../platform/database/distribute.js';
import { SEQUENTIAL, type Step, planDistribution } from '../platform/database/distribution.js';
import type { Database } from '../platform/database/database.js';

/** `storewatch distribute`. */
export async function distributeDatabase({ dryRun }: { dryRun: boolean }): Promise<void> {
  const settings = Settings.from(process.env);
  if (!settings.databaseUrl) {
    throw new DomainError(
      'invalid_argument',
      'The embedded PostgreSQL runs on one machine only. Set DATABASE_URL to a Citus coordinator; see docs/scale.md.',
    );
  }
  const { database, close } = await openDatabase(settings, { distributes: false });
  try {
    await (dryRun ? printPlan(database) : run(database));
  } finally {
    await close();
  }
}

async function run({ pool }: Database): Promise<void> {
  const startedAt = performance.now();
  const steps = await distribute(pool, ({ what }) => process.stdout.write(`${what}…\n`));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(
    steps === 0 ? 'The database is already distributed.\n' : `The database is distributed (${seconds} s).\n`,
  );
}

/** Prints valid SQL. If this server cannot run it, a comment says why. */
async function printPlan({ pool }: Database): Promise<void> {
  const problem = await checkCitus(pool).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (problem !== undefined) process.stdout.write(`-- This server cannot run it. ${problem}\n`);
  const steps = await planDistribution(pool);
  if (steps.length === 0) process.stdout.write('-- The database is already distributed.\n');
  for (const step of steps) process.stdout.write(asSql(step));
}

const asSql = ({ what, statements }: Step): string =>
  `-- ${what}\nbegin;\n${[SEQUENTIAL, ...statements].map((statement) => `${statement};\n`).join('')}commit;\n`;
