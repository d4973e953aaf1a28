import type { Command } from 'commander';

const load = (): Promise<typeof import('./schedules.js')> => import('./schedules.js');

/** What `storewatch schedules` takes. */
export function addSchedules(program: Command): void {
  const schedules = program.command('schedules').description('reports that are made on time and put into the storage');
  const withName = (command: string, description: string): Command =>
    schedules.command(command).description(description).argument('<name>', 'of the schedule');
  const withRun = (command: string, description: string): Command =>
    withName(command, description).argument('<run>', 'as runs shows it, such as 2026-11-23');

  schedules
    .command('list')
    .description('show all, and when each is due next')
    .action(async () => (await load()).listSchedules());
  withName('show', 'show one as JSON').action(async (name) => (await load()).showSchedule(name));
  withFields(withName('create', 'make one; it counts from now on'))
    .requiredOption(
      '--cron <fields>',
      'when: "0 2 * * *" is 02:00 every day; also @hourly, @daily, @weekly, @monthly, @yearly',
    )
    .action(async (name, options) => (await load()).createSchedule(name, options));
  withFields(withName('set', 'change what is given'))
    .option('--cron <fields>', 'when: "0 2 * * *" is 02:00 every day; also @hourly, @daily, @weekly, @monthly, @yearly')
    .option('--no-gzip', 'do not pack the file')
    .action(async (name, options) => (await load()).setSchedule(name, options));
  withName('enable', 'make it again, from now on').action(async (name) => (await load()).switchSchedule(true)(name));
  withName('disable', 'do not make it until it is enabled').action(async (name) =>
    (await load()).switchSchedule(false)(name),
  );
  withName('remove', 'remove it and its list of runs; its files stay').action(async (name) =>
    (await load()).removeSchedule(name),
  );
  withName('runs', 'show what became of it, the newest first').action(async (name) => (await load()).listRuns(name));
  withRun('show-run', 'show one run as JSON').action(async (name, run) => (await load()).showRun(name, run));
  withRun('run-again', 'make a run again, in the place of its file').action(async (name, run) =>
    (await load()).runAgain(name, run),
  );
}

const withFields = (command: Command): Command =>
  command
    .option('--timezone <zone>', 'IANA name of the zone of --cron (default for a new one: UTC)')
    .option('--format <format>', 'csv, json or ndjson')
    .option('--basis <basis>', 'all, or observed: only what polls inside the opening saw')
    .option('--stores <ids>', 'with commas between them; empty: all')
    .option('--window <name=duration...>', 'such as last_3_days=3d; empty: the last hour, day and week')
    .option('--destination <folder>', 'of the storage (default: the name)')
    .option('--gzip', 'pack the file');
