import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { Settings } from '../../src/platform/config/settings.js';
import { Log } from '../../src/platform/logging/log.js';
import { createContext, openDatabase } from '../../src/app/process-context.js';
import type { Database } from '../../src/platform/database/database.js';
import { Jobs } from '../../src/platform/jobs/jobs.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { webhookState } from '../../src/features/reports/record/webhook-state.js';
import { RETRY_AFTER_SECONDS, WebhooksService } from '../../src/features/reports/webhooks/webhooks.service.js';
import { Roles } from '../../src/platform/config/roles.js';
import { createTestDatabase } from '../setup/test-database.js';
import { type Receiver, startReceiver, status } from './receiver.js';

const SECRET = `whsec_${Buffer.alloc(24, 5).toString('base64')}`;
const AS_OF = '2026-10-05T13:00:00Z';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let settings: Settings;
let database: Database;
let close: () => Promise<void>;
let program: INestApplicationContext;
let receiver: Receiver;
const warnings: string[] = [];

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  settings = Settings.from({
    DATABASE_URL: testDatabase.url,
    STOREWATCH_HOME: await mkdtemp(join(tmpdir(), 'storewatch-webhooks-')),
    WEBHOOK_SECRET: SECRET,
    WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8',
    WEBHOOK_ALLOW_HTTP: 'on',
  });
  ({ database, close } = await openDatabase(settings));
  program = await createContext(settings, database);
  receiver = await startReceiver();
  warnings.length = 0;
  for (const level of ['log', 'warn', 'error'] as const) {
    jest.spyOn(Log.prototype, level).mockImplementation((...said: unknown[]) => void warnings.push(said.join(' ')));
  }
});
afterEach(async () => {
  await program.close();
  await receiver.close();
  await close();
  await testDatabase.drop();
  await rm(settings.home, { recursive: true, force: true });
  jest.restoreAllMocks();
});

const trigger = async (): Promise<string> =>
  (await program.get(ReportRequests).trigger({ asOf: AS_OF, webhook: { url: receiver.url } })).id;
const state = async (id: string) => webhookState(await program.get(ReportsService).find(id))!;
/** The seconds until each waiting job is due. */
const waiting = async (): Promise<number[]> => {
  const { rows } = await database.pool.query(
    `select round(extract(epoch from start_after - created_on))::int as seconds from pgboss.job
     where name = 'webhook' and state = 'created' order by created_on`,
  );
  return rows.map(({ seconds }: { seconds: number }) => seconds);
};
const hurry = (): Promise<unknown> =>
  database.pool.query(`update pgboss.job set start_after = now() where name = 'webhook' and state = 'created'`);
/** Runs a worker until `isDone`. */
async function work(isDone: () => Promise<boolean>): Promise<void> {
  const worker = await createContext(settings, database, Roles.parse('worker'));
  while (!(await isDone())) await sleep(20);
  await worker.close();
}

describe('the webhook of a report', () => {
  it('is retried with the same id, by any worker, until the receiver accepts it', async () => {
    receiver.answers = [status(500), status(503)];
    const id = await trigger();
    expect(await state(id)).toMatchObject({ state: 'Waiting', attempts: 0, next_attempt_at: null });
    await work(async () => (await state(id)).attempts === 1);
    expect(await waiting()).toEqual([5]);
    expect(await state(id)).toMatchObject({ state: 'Waiting', last_status: 500, next_attempt_at: expect.any(String) });
    await hurry();
    await work(async () => (await state(id)).attempts === 2);
    expect(await waiting()).toEqual([300]);
    await hurry();
    await work(async () => (await state(id)).state === 'Delivered');

    expect(await state(id)).toMatchObject({ attempts: 3, last_status: 204, last_error: null, next_attempt_at: null });
    expect(await waiting()).toEqual([]);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(3).fill(`report_${id}`));
    const report = await program.get(ReportsService).find(id);
    for (const { body, headers } of receiver.received) {
      expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({
        type: 'report.completed',
        timestamp: report.finishedAt!.toISOString(),
        data: {
          report_id: id,
          status: 'Complete',
          as_of: '2026-10-05T13:00:00.000Z',
          basis: 'all',
          format: 'csv',
          finished_at: report.finishedAt!.toISOString(),
          stores: 0,
          size_bytes: report.sizeBytes,
          sha256: report.sha256,
        },
      });
    }
    expect(warnings.join('\n')).toMatch(
      /The webhook of the report .* attempt 1: The receiver answered 500. Next attempt in 5 s/,
    );
    expect(warnings.join('\n')).not.toMatch(/secret|whsec/);
  }, 20_000);

  it('is called for a failed report', async () => {
    const id = await trigger();
    await program.get(ReportsService).fail(id, 'x'.repeat(30_000));
    await program.get(WebhooksService).deliver(id, 1);
    const { type, data } = JSON.parse(receiver.received[0].body);
    expect([type, data.report_id, data.status, data.error.length]).toEqual(['report.failed', id, 'Failed', 1_000]);
  });

  it('is queued once, in the transaction that ends the report', async () => {
    const id = await trigger();
    jest.spyOn(program.get(Jobs), 'sendIn').mockRejectedValueOnce(new Error('the process ends here'));
    await expect(program.get(ReportMaker).make({ id })).rejects.toThrow('the process ends here');
    expect(await program.get(ReportsService).find(id)).toMatchObject({ status: 'Running' });
    await program.get(ReportMaker).make({ id });
    await program.get(ReportsService).fail(id, 'too late');
    expect(await waiting()).toEqual([0]);
  });

  it('is retried once when two workers make the same attempt', async () => {
    receiver.answers = [status(500), status(500)];
    const id = await trigger();
    await program.get(ReportMaker).make({ id });
    await database.pool.query(`delete from pgboss.job where name = 'webhook'`);
    const webhooks = program.get(WebhooksService);
    await Promise.all([webhooks.deliver(id, 1), webhooks.deliver(id, 1)]);
    await webhooks.deliver(id, 1); // An attempt that comes too late calls nobody.
    expect([receiver.received.length, await waiting()]).toEqual([2, [5]]);
  });

  it('waits as long as the receiver asks if that is longer, up to the longest pause', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    receiver.answers = [
      status(503, { 'retry-after': '1' }),
      status(429, { 'retry-after': inAnHour }),
      status(503, { 'retry-after': '99999999' }),
      status(500, { 'retry-after': '99999' }),
    ];
    const id = await trigger();
    await program.get(ReportMaker).make({ id });
    await database.pool.query(`delete from pgboss.job where name = 'webhook'`);
    for (let attempt = 1; attempt <= 4; attempt++) await program.get(WebhooksService).deliver(id, attempt);

    const [first, anHour, most, own] = await waiting();
    expect([first, most, own]).toEqual([5, 50_400, 7_200]);
    expect(anHour).toBeGreaterThan(3_500);
    expect(anHour).toBeLessThanOrEqual(3_601);
    expect(await state(id)).toMatchObject({ attempts: 4, last_status: 500, next_attempt_at: expect.any(String) });
  });

  it('ends when the receiver answers 410, and after the last attempt', async () => {
    receiver.answers = [status(410), ...Array(20).fill(status(500))];
    const webhooks = program.get(WebhooksService);
    const [gone, refused] = [await trigger(), await trigger()];
    for (const id of [gone, refused]) await program.get(ReportMaker).make({ id });
    await database.pool.query(`delete from pgboss.job where name = 'webhook'`);
    await webhooks.deliver(gone, 1);
    expect(await waiting()).toEqual([]);
    expect(await state(gone)).toMatchObject({ state: 'GivenUp', last_status: 410 });
    for (let attempt = 1; attempt <= 8; attempt++) await webhooks.deliver(refused, attempt);
    expect(await waiting()).toEqual(RETRY_AFTER_SECONDS);
    expect(await state(refused)).toMatchObject({ state: 'GivenUp', attempts: 8, next_attempt_at: null });
  });
});
