import type { Command } from 'commander';

const load = (): Promise<typeof import('./schedules.js')> => import('./schedules.js');

/** Adds `storewatch schedules` and its subcommands. */
export function addSchedules(program: Command): void {
  const schedules = program.command('schedules').description('Manage scheduled reports');
  const withName = (command: string, description: string): Command =>
    schedules.command(command).description(description).argument('<name>', 'name of the schedule');
  const withRun = (command: string, description: string): Command =>
    withName(command, description).argument('<run>', 'run id from schedules runs, such as 2026-11-23');

  schedules
    .command('list')
    .description('List all schedules and when each is due next')
    .action(async () => (await load()).listSchedules());
  withName('show', 'Show a schedule as JSON').action(async (name) => (await load()).showSchedule(name));
  withFields(withName('create', 'Create a schedule; it applies from now on'))
    .requiredOption(
      '--cron <fields>',
      'when to run: "0 2 * * *" is 02:00 every day; also @hourly, @daily, @weekly, @monthly, @yearly',
    )
    .action(async (name, options) => (await load()).createSchedule(name, options));
  withFields(withName('set', 'Change the given options of a schedule'))
    .option(
      '--cron <fields>',
      'when to run: "0 2 * * *" is 02:00 every day; also @hourly, @daily, @weekly, @monthly, @yearly',
    )
    .option('--no-gzip', 'do not compress the file')
    .action(async (name, options) => (await load()).setSchedule(name, options));
  withName('enable', 'Enable a schedule from now on').action(async (name) => (await load()).switchSchedule(true)(name));
  withName('disable', 'Disable a schedule until it is enabled again').action(async (name) =>
    (await load()).switchSchedule(false)(name),
  );
  withName('remove', 'Remove a schedule and its list of runs; its files stay').action(async (name) =>
    (await load()).removeSchedule(name),
  );
  withName('runs', 'List the runs of a schedule, newest first').action(async (name) => (await load()).listRuns(name));
  withRun('show-run', 'Show a run as JSON').action(async (name, run) => (await load()).showRun(name, run));
  withRun('run-again', 'Repeat a run and replace its file').action(async (name, run) =>
    (await load()).runAgain(name, run),
  );
}

const withFields = (command: Command): Command =>
  command
    .option('--timezone <zone>', 'IANA timezone of --cron (default for a new schedule: UTC)')
    .option('--format <format>', 'csv, json or ndjson')
    .option('--basis <basis>', 'all, or observed: count only time observed by polls in the same opening')
    .option('--stores <ids>', 'store ids, separated by commas; empty: all stores')
    .option('--filter <filter>', 'only stores that match, such as tags.region=North; empty: no filter')
    .option('--window <name=duration...>', 'windows, such as last_3_days=3d; empty: the last hour, day and week')
    .option('--destination <folder>', 'folder in the report storage (default: the name)')
    .option('--gzip', 'compress the file');
