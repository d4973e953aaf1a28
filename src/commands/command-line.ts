import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { DomainError } from '#libs/errors.js';
import { DURATION_FORM, parseDuration } from '#libs/instant/duration.js';
import { parseInstant } from '#libs/instant/instant.js';
import { reasonOf } from '../platform/database/connect-failure.js';
import { EmbeddedPostgresError } from '../platform/database/embedded/failure.js';
import { isAway } from '../platform/database/sql.js';
import { isBrokenPipe } from './broken-pipe.js';
import { isInterrupted } from './interrupt.js';
import { addSchedules } from './schedules-command.js';

/** Read from package.json, which is in a checkout and in an image. */
const { version } = JSON.parse(readFileSync(findPackageJSON(import.meta.url)!, 'utf8')) as { version: string };

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return value;
};

const instant = (text: string): number => {
  const ms = parseInstant(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be a time such as 2026-11-23T00:00:00Z.');
  return ms;
};

const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError(`It must be ${DURATION_FORM}.`);
  return ms;
};

const overlap = (text: string): number => (text === '0' ? 0 : duration(text));

/**
 * Runs a command and prints its output and errors. Never throws.
 * @param args   the arguments after `storewatch`
 * @param before called with the name of the command when its arguments are valid
 * @returns the exit code
 */
export async function runCommand(args: readonly string[], before?: (name: string) => void): Promise<number> {
  const program = commandLine();
  program.hook('preAction', (_program, command) => before?.(command.name()));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // commander has printed the help or the error
    if (isBrokenPipe(error)) return 0;
    if (!isInterrupted()) process.stderr.write(`storewatch: ${messageOf(error)}\n`);
    return 1;
  }
}

/** Each command imports its modules when it runs, so that help and usage errors appear immediately. */
function commandLine(): Command {
  const program = new Command('storewatch')
    .description('Measure the uptime and downtime of stores during their business hours')
    .exitOverride() // throw instead of exiting; subcommands inherit this
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'Show help for a command')
    .addHelpText('after', '\nSettings are environment variables; see docs/settings.md.')
    .showHelpAfterError('(run storewatch help to list the commands)');

  program
    .command('serve')
    .description('Run the server: REST with Swagger, gRPC, worker and scheduler')
    .option('--roles <list>', 'one or more of api,worker,scheduler', 'api,worker,scheduler')
    .option('--sample-data', 'if the database is empty, load a sample and make a report', false)
    .action(async (options) => (await import('./serve.js')).serve(options));

  program
    .command('load')
    .description(
      'Load the CSV files in a folder, plain or .gz: store_status, business_hours (or menu_hours), store_timezones (or timezones), special_hours, store_life and stores',
    )
    .argument('<dir>', 'folder that contains the files')
    .option('--strict', 'reject a whole file if one of its rows is rejected')
    .option('--replace-tags', 'remove tags that stores.csv has no column for from the stores in it')
    .action(async (dir, options) => (await import('./load.js')).load(dir, options));

  program
    .command('report')
    .description('Make a report and write it to a file')
    .requiredOption('--out <file>', 'CSV file to write; - is stdout, with messages on stderr')
    .option('--data <dir>', 'load the files in this folder first; if one fails, make no report')
    .option('--strict', 'with --data: reject a whole file if one of its rows is rejected')
    .option('--as-of <time>', 'end of the three windows (default: the latest poll, or now if earlier)')
    .option('--basis <basis>', 'all, or observed: count only time observed by polls in the same opening', 'all')
    .option('--filter <filter>', 'only stores that match, such as "tags.region = North" (docs/filter.md)')
    .action(async (options) => (await import('./report.js')).report(options));

  program
    .command('explain')
    .description("Show how the six figures in a store's report row are calculated")
    .argument('<store_id>', 'store id; if it begins with a minus, put -- before it')
    .option('--as-of <time>', 'end of the three windows (default: the latest poll, or now if earlier)', instant)
    .option('--basis <basis>', 'all, or observed: count only time observed by polls in the same opening', 'all')
    .action(async (storeId, options) => (await import('./explain.js')).explain(storeId, options));

  program
    .command('generate')
    .description('Write realistic sample data')
    .argument('<dir>', 'folder to write the four files to')
    .requiredOption('--stores <n>', 'number of stores', wholeNumber)
    .requiredOption('--days <n>', 'number of days of polls', wholeNumber)
    .option('--seed <n>', 'the same seed gives the same files', wholeNumber, 1)
    .option('--end <time>', 'end of the polls (default: 2026-11-04, so that the week includes a DST change)', instant)
    .action(async (dir, options) => (await import('./generate.js')).generate(dir, options));

  const keys = program.command('keys').description('Manage API keys');

  keys
    .command('create')
    .description('Create a key and print it; it cannot be shown again')
    .argument('<name>', 'label, such as the name of the client')
    .requiredOption('--scopes <list>', 'one or more of ingest,read,admin')
    .option('--expires <duration>', 'validity, such as 90d (default: until it is revoked)', duration)
    .option('--filter <filter>', 'the stores that the key sees and changes (default: all stores)')
    .action(async (name, options) => (await import('./keys.js')).createKey(name, options));

  keys
    .command('list')
    .description('List all keys, without their secrets')
    .action(async () => (await import('./keys.js')).listKeys());

  keys
    .command('rotate')
    .description('Give a key a new secret and print the key; it cannot be shown again')
    .argument('<key>', 'id or name of the key, or the key itself')
    .option('--overlap <duration>', 'how long the old secret stays valid (default: 24h; 0: not at all)', overlap)
    .action(async (key, options) => (await import('./keys.js')).rotateKey(key, options));

  keys
    .command('revoke')
    .description('Revoke a key; servers reject it within 5 s')
    .argument('<id>', 'id of the key, or the key itself')
    .action(async (id) => (await import('./keys.js')).revokeKey(id));

  addSchedules(program);

  program
    .command('tidy')
    .description('Delete data past its retention period (KEEP_... settings); the scheduler does this every day')
    .option('--dry-run', 'only print what would be deleted', false)
    .action(async (options) => (await import('./tidy.js')).tidy(options));

  program
    .command('distribute')
    .description('On a Citus coordinator, distribute the tables over its servers; safe to interrupt and run again')
    .option('--dry-run', 'only print the SQL of the remaining steps', false)
    .action(async (options) => (await import('./distribute.js')).distributeDatabase(options));

  program
    .command('doctor')
    .description('Check the database (PostgreSQL or Citus), the disk and the storage; change nothing')
    .action(async () => (await import('./doctor.js')).doctor());

  program
    .command('migrate')
    .description('Update the database schema')
    .option('--create', 'create the database in DATABASE_URL first, if it does not exist', false)
    .action(async (options) => (await import('./migrate.js')).migrateDatabase(options));

  pointToHelp(program, program.name());
  return program;
}

/** An expected error is one sentence. Only an unexpected one shows its stack trace. */
function messageOf(error: unknown): string {
  if (error instanceof DomainError || error instanceof EmbeddedPostgresError) return error.message;
  if (isAway(error)) {
    return `PostgreSQL does not answer: ${reasonOf(error)}. Run the command again when it does; work done so far is kept.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A usage error of a command refers to the help of that command. */
function pointToHelp(command: Command, path: string): void {
  for (const inner of command.commands) {
    const name = `${path} ${inner.name()}`;
    inner.showHelpAfterError(`(run ${name} --help for usage)`);
    pointToHelp(inner, name);
  }
}
