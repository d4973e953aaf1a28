import type { INestApplicationContext } from '@nestjs/common';
import type { ScheduleInput } from '../features/schedules/schedule-fields.js';
import { type Schedule, type ScheduleRun, hasArtifact } from '../features/schedules/schedule.entity.js';
import { toScheduleRunDto } from '../features/schedules/schedule-runs.dto.js';
import { toScheduleDto } from '../features/schedules/schedules.dto.js';
import { SchedulesService } from '../features/schedules/schedules.service.js';
import { inProgram } from './in-program.js';
import { minute, printTable } from './table.js';

/** Options of `create` and `set`. A switch is true or absent; `--no-gzip` is false. */
export interface ScheduleOptions {
  readonly cron?: string;
  readonly timezone?: string;
  readonly basis?: string;
  readonly format?: string;
  /** Ids, separated by commas. Empty: all stores. */
  readonly stores?: string;
  /** Empty: no filter. */
  readonly filter?: string;
  /** Each is `last_3_days=3d`. A single empty one: the default windows. */
  readonly window?: readonly string[];
  readonly destination?: string;
  readonly gzip?: boolean;
}

const RUNS_SHOWN = 30;
const MAX_SCHEDULES = 1_000;

const inSchedules = <T>(run: (schedules: SchedulesService) => Promise<T>): Promise<T> =>
  inProgram((context: INestApplicationContext) => run(context.get(SchedulesService)));

/** `storewatch schedules list`. */
export async function listSchedules(): Promise<void> {
  await inSchedules(async (schedules) => {
    const rows = (await schedules.list('', MAX_SCHEDULES)).items.map((schedule) => toRow(schedule, schedules));
    printTable(['name', 'cron', 'zone', 'report', 'destination', 'next'], rows);
  });
}

function toRow(schedule: Schedule, schedules: SchedulesService): string[] {
  const next = schedules.nextDueAt(schedule);
  const file = `${schedule.format}${schedule.gzip ? '.gz' : ''}, ${schedule.basis}`;
  return [
    schedule.name,
    schedule.cron,
    schedule.timezone,
    file,
    `${schedule.destination}/`,
    next ? minute(next) : 'disabled',
  ];
}

/** `storewatch schedules show`. */
export async function showSchedule(name: string): Promise<void> {
  await inSchedules(async (schedules) => {
    const schedule = await schedules.find(name);
    print(toScheduleDto(schedule, schedules.nextDueAt(schedule)));
  });
}

/** `storewatch schedules create`. */
export async function createSchedule(name: string, options: ScheduleOptions): Promise<void> {
  await inSchedules(async (schedules) => say(await schedules.create(name, toInput(options)), schedules));
}

/** `storewatch schedules set`. */
export async function setSchedule(name: string, options: ScheduleOptions): Promise<void> {
  await inSchedules(async (schedules) => say(await schedules.update(name, toInput(options)), schedules));
}

/** `storewatch schedules enable` and `disable`. */
export const switchSchedule =
  (enabled: boolean) =>
  async (name: string): Promise<void> => {
    await inSchedules(async (schedules) => say(await schedules.update(name, { enabled }), schedules));
  };

/** `storewatch schedules remove`. */
export async function removeSchedule(name: string): Promise<void> {
  await inSchedules((schedules) => schedules.remove(name));
  process.stdout.write(`The schedule ${name} is removed. Its files stay.\n`);
}

/** `storewatch schedules runs`. */
export async function listRuns(name: string): Promise<void> {
  const { items: runs } = await inSchedules((schedules) => schedules.listRuns(name, RUNS_SHOWN));
  printTable(['run', 'due', 'status', 'attempts', 'file', 'bytes', 'error'], runs.map(toRunRow));
}

const toRunRow = (run: ScheduleRun): string[] => [
  run.runId,
  minute(run.dueAt),
  run.status,
  String(run.attempt),
  hasArtifact(run) ? run.artifactKey! : run.expiredAt ? 'expired' : '',
  run.sizeBytes === null || run.sizeBytes === undefined ? '' : String(run.sizeBytes),
  run.error ?? '',
];

/** `storewatch schedules show-run`. */
export async function showRun(name: string, runId: string): Promise<void> {
  print(toScheduleRunDto(await inSchedules((schedules) => schedules.findRun(name, runId))));
}

/** `storewatch schedules run-again`. */
export async function runAgain(name: string, runId: string): Promise<void> {
  await inSchedules((schedules) => schedules.runAgain(name, runId));
  process.stdout.write(
    `The run ${runId} of ${name} is queued. To see its status, run: storewatch schedules runs ${name}\n`,
  );
}

const toInput = ({ stores, window, ...options }: ScheduleOptions): ScheduleInput => ({
  ...options,
  ...(stores === undefined ? {} : { stores: stores === '' ? null : stores.split(',') }),
  ...(window === undefined ? {} : { windows: window.join('') === '' ? null : window.map(toWindow) }),
});

function toWindow(text: string): object {
  const [name, duration] = text.split('=', 2);
  return { name, duration };
}

function say(schedule: Schedule, schedules: SchedulesService): void {
  const next = schedules.nextDueAt(schedule);
  process.stdout.write(`The schedule ${schedule.name} is ${next ? `next due at ${minute(next)}` : 'disabled'}.\n`);
}

const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
