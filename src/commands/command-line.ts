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

/** Of the package that this is, from a checkout and in an image alike. */
const { version } = JSON.parse(readFileSync(findPackageJSON(import.meta.url)!, 'utf8')) as { version: string };

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.');
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

/**
 * Runs a command, prints what it has to say, and never throws.
 * @param args   as behind `storewatch`
 * @param before called when the arguments are right, with the name of the command
 * @returns the exit code
 */
export async function runCommand(args: readonly string[], before?: (name: string) => void): Promise<number> {
  const program = commandLine();
  program.hook('preAction', (_program, command) => before?.(command.name()));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // it has printed help, or what is wrong
    if (isBrokenPipe(error)) return 0;
    if (!isInterrupted()) process.stderr.write(`storewatch: ${tell(error)}\n`);
    return 1;
  }
}

/** What a command needs is loaded when it is called: help and refusals come at once. */
function commandLine(): Command {
  const program = new Command('storewatch')
    .description('Tells whether each of your stores was open when it should have been.')
    .exitOverride() // throws instead of ending the process, and so do all commands below
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nSettings come from the environment; docs/settings.md lists them.')
    .showHelpAfterError('(storewatch help shows what there is)');

  program
    .command('serve')
    .description('run the server: REST with Swagger, gRPC, worker and scheduler')
    .option('--roles <list>', 'what this process does: some of api,worker,scheduler', 'api,worker,scheduler')
    .option('--sample-data', 'when the database is empty, load a small sample and make a first report', false)
    .action(async (options) => (await import('./serve.js')).serve(options));

  program
    .command('load')
    .description(
      'load store_status.csv, business_hours.csv (or menu_hours.csv), store_timezones.csv (or timezones.csv), special_hours.csv and store_life.csv, whichever are there, plain or .gz',
    )
    .argument('<dir>', 'folder of the files')
    .option('--strict', 'use nothing of a file when one of its rows is rejected')
    .action(async (dir, options) => (await import('./load.js')).load(dir, options));

  program
    .command('report')
    .description('make a report and write it to a file')
    .requiredOption('--out <file>', 'where the CSV goes; - is stdout, with all messages on stderr')
    .option('--data <dir>', 'load the files of this folder first; no report is made when one of them fails')
    .option('--strict', 'with --data: use nothing of a file when one of its rows is rejected')
    .option('--as-of <time>', 'end of the three windows (default: the latest poll, or now if that is earlier)')
    .option('--basis <basis>', 'all, or observed: only what polls inside the opening saw', 'all')
    .action(async (options) => (await import('./report.js')).report(options));

  program
    .command('explain')
    .description("show how the six figures of a store's row in the report come about")
    .argument('<store_id>', 'the store; write one that begins with a minus behind --')
    .option('--as-of <time>', 'end of the three windows (default: the latest poll, or now if that is earlier)', instant)
    .option('--basis <basis>', 'all, or observed: only what polls inside the opening saw', 'all')
    .action(async (storeId, options) => (await import('./explain.js')).explain(storeId, options));

  program
    .command('generate')
    .description('write sample data that is shaped like the real thing')
    .argument('<dir>', 'folder for the three files')
    .requiredOption('--stores <n>', 'stores', wholeNumber)
    .requiredOption('--days <n>', 'days of polls', wholeNumber)
    .option('--seed <n>', 'the same seed gives the same files', wholeNumber, 1)
    .option('--end <time>', 'end of the polls (default: 2026-11-04, the week of a DST night)', instant)
    .action(async (dir, options) => (await import('./generate.js')).generate(dir, options));

  const keys = program.command('keys').description('API keys: who may send requests');

  keys
    .command('create')
    .description('make a key and print it; it cannot be shown again')
    .argument('<name>', 'whose it is, for people')
    .requiredOption('--scopes <list>', 'what it may do: some of ingest,read,admin')
    .option('--expires <duration>', 'how long it is valid, such as 90d (default: until it is revoked)', duration)
    .action(async (name, options) => (await import('./keys.js')).createKey(name, options));

  keys
    .command('list')
    .description('show all keys, without their secrets')
    .action(async () => (await import('./keys.js')).listKeys());

  keys
    .command('revoke')
    .description('end a key; servers know within 5 s')
    .argument('<id>', 'its id, or the key itself')
    .action(async (id) => (await import('./keys.js')).revokeKey(id));

  addSchedules(program);

  program
    .command('tidy')
    .description('remove what is kept for no longer (KEEP_... settings), as the scheduler has it done every day')
    .option('--dry-run', 'only say what would be removed', false)
    .action(async (options) => (await import('./tidy.js')).tidy(options));

  program
    .command('distribute')
    .description('on a Citus coordinator, spread the tables over its servers; may be broken off and run again')
    .option('--dry-run', 'print the SQL of what is still to be done, and do nothing', false)
    .action(async (options) => (await import('./distribute.js')).distributeDatabase(options));

  program
    .command('doctor')
    .description('check the database (plain PostgreSQL or Citus), the disk and the storage; change nothing')
    .action(async () => (await import('./doctor.js')).doctor());

  program
    .command('migrate')
    .description('bring the database schema up to date')
    .option('--create', 'create the database that DATABASE_URL names, if the server does not have it', false)
    .action(async (options) => (await import('./migrate.js')).migrateDatabase(options));

  pointToHelp(program, program.name());
  return program;
}

/** What a person can mend is told in a sentence; only the unforeseen shows where it happened. */
function tell(error: unknown): string {
  if (error instanceof DomainError || error instanceof EmbeddedPostgresError) return error.message;
  if (isAway(error)) {
    return `PostgreSQL does not answer: ${reasonOf(error)}. Run the command again when it does; what it has done until now is kept.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** After a mistake in a command, the help of that command is named. */
function pointToHelp(command: Command, path: string): void {
  for (const inner of command.commands) {
    const name = `${path} ${inner.name()}`;
    inner.showHelpAfterError(`(${name} --help shows what there is)`);
    pointToHelp(inner, name);
  }
}
