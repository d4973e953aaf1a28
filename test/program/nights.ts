import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app/app.module.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { Settings } from '../../src/platform/config/settings.js';
import { openDatabase } from '../../src/app/process-context.js';
import type { Database } from '../../src/platform/database/database.js';
import { PollsService } from '../../src/features/polls/polls.service.js';
import { Log } from '../../src/platform/logging/log.js';
import { Roles } from '../../src/platform/config/roles.js';
import { DueRuns } from '../../src/features/schedules/due-runs.js';
import { RunMaker } from '../../src/features/schedules/run-maker.js';
import type { ScheduleInput } from '../../src/features/schedules/schedule-fields.js';
import type { ScheduleRun } from '../../src/features/schedules/schedule.entity.js';
import { SchedulesService } from '../../src/features/schedules/schedules.service.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { createTestDatabase } from '../setup/test-database.js';

/** A clock that shows the time that a test sets. */
export class SetClock extends Clock {
  private ms = 0;

  override nowMs(): number {
    return this.ms;
  }

  set(text: string): void {
    this.ms = Date.parse(text);
  }
}

/** One process of the program, with its own connections. */
export interface Member {
  readonly context: INestApplicationContext;
  readonly due: DueRuns;
  readonly maker: RunMaker;
  readonly schedules: SchedulesService;
  readonly storage: Storage;
  close(): Promise<void>;
}

/** Several processes over one database, one storage and one clock. */
export interface Nights {
  readonly clock: SetClock;
  readonly database: Database;
  /** A process without a role. */
  readonly first: Member;
  join(roles: Roles): Promise<Member>;
  /** A schedule at 02:00 in Chicago by default. */
  create(name: string, input?: ScheduleInput): Promise<void>;
  runs(name: string): Promise<ScheduleRun[]>;
  /** The runs of a schedule, oldest first, once none is running. */
  ended(name: string): Promise<ScheduleRun[]>;
  /** The keys of everything below a folder of the storage. */
  keys(folder: string): Promise<string[]>;
  json(key: string): Promise<Record<string, unknown>>;
  bytes(key: string): Promise<Buffer>;
  poll(at: string, status?: 'active' | 'inactive'): Promise<void>;
  close(): Promise<void>;
}

export async function openNights(environment: Record<string, string> = {}): Promise<Nights> {
  const testDatabase = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), 'storewatch-nights-'));
  const settings = Settings.from({
    DATABASE_URL: testDatabase.url,
    STOREWATCH_HOME: home,
    LOG_LEVEL: 'error',
    ...environment,
  });
  const clock = new SetClock();
  clock.set('2026-10-01T00:00:00Z');
  const members: Member[] = [];
  const joinAs = async (roles: Roles): Promise<Member & { database: Database }> => {
    const { database, close } = await openDatabase(settings);
    const module = AppModule.in({ settings, database, roles, clock });
    const context = await NestFactory.createApplicationContext(module, { logger: await Log.open(settings) });
    const member = {
      context,
      database,
      due: context.get(DueRuns),
      maker: context.get(RunMaker),
      schedules: context.get(SchedulesService),
      storage: context.get(Storage),
      close: async () => {
        members.splice(members.indexOf(member), 1);
        await context.close();
        await close();
      },
    };
    members.push(member);
    return member;
  };
  const first = await joinAs(Roles.none);
  const path = (key: string): string => first.storage.location(key);
  const nights: Nights = {
    clock,
    database: first.database,
    first,
    join: joinAs,
    async create(name, input = {}) {
      await first.schedules.create(name, { cron: '0 2 * * *', timezone: 'America/Chicago', ...input });
    },
    runs: async (name) => (await first.schedules.listRuns(name, 1_000)).items.toReversed(),
    async ended(name) {
      for (;;) {
        const runs = await nights.runs(name);
        if (runs.every(({ status }) => status !== 'Running')) return runs;
        await sleep(20);
      }
    },
    async keys(folder) {
      const entries = await readdir(path(folder), { recursive: true, withFileTypes: true }).catch(() => []);
      const root = path('').replace(/\/$/, '');
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .sort();
    },
    json: async (key) => JSON.parse(await readFile(path(key), 'utf8')) as Record<string, unknown>,
    bytes: (key) => readFile(path(key)),
    async poll(at, status = 'active') {
      const poll = { storeId: 's', active: status === 'active', polledAtMs: Date.parse(at) };
      await first.context.get(PollsService).ingest([poll]);
    },
    async close() {
      for (const member of members.toReversed()) await member.close();
      await testDatabase.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
  return nights;
}
