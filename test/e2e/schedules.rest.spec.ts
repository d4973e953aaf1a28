import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SchedulesTasks } from '../../src/features/schedules/schedules.tasks.js';
import { TurnedClock } from './access.js';
import { type Answer, newReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const DAY_MS = 86_400_000;

interface RunBody {
  run_id: string;
  due_at: string;
  status: string;
  report_id: string;
  artifact: { key: string; sha256: string } | null;
}

let server: Storewatch;
const clock = new TurnedClock();

beforeAll(async () => {
  server = await startStorewatch({}, { clock });
  const at = new Date(clock.nowMs() - 3_600_000).toISOString();
  await sendJson(server, 'POST', '/v1/polls', { polls: [{ store_id: 's', status: 'active', timestamp_utc: at }] });
});
afterAll(() => server?.close());
afterEach(async () => {
  await server.pool.query('delete from schedule');
});

const create = (body: object): Promise<Answer> => sendJson(server, 'POST', '/v1/schedules', body);
const NIGHTLY = { name: 'nightly', cron: '0 2 * * *', timezone: 'America/Chicago' };

async function ended(name: string): Promise<RunBody[]> {
  for (;;) {
    const { runs } = (await send(server, `/v1/schedules/${name}/runs`)).json() as { runs: RunBody[] };
    if (runs.length > 0 && runs.every(({ status }) => status !== 'Running')) return runs;
    await sleep(20);
  }
}

describe('a schedule', () => {
  it('can be created, read, changed and deleted', async () => {
    const made = await create(NIGHTLY);
    expect(made).toMatchObject({ status: 201 });
    expect(made.headers.get('location')).toBe('/v1/schedules/nightly');
    const whole = {
      ...NIGHTLY,
      basis: 'all',
      format: 'csv',
      stores: null,
      filter: null,
      windows: null,
      columns: null,
      group_by: null,
      destination: 'nightly',
      gzip: false,
      enabled: true,
      created_at: new Date(clock.nowMs()).toISOString(),
      next_due_at: expect.stringMatching(/T0[78]:00:00\.000Z$/),
    };
    expect(made.json()).toEqual(whole);
    expect((await send(server, '/v1/schedules/nightly')).json()).toEqual(whole);
    expect((await send(server, '/v1/schedules')).json()).toEqual({ schedules: [whole], next_page_token: null });

    const changes = {
      format: 'json',
      stores: ['s'],
      windows: [{ name: 'three_days', duration: '3d' }],
      enabled: false,
    };
    const changed = await sendJson(server, 'PATCH', '/v1/schedules/nightly', changes);
    expect(changed.json()).toEqual({ ...whole, ...changes, next_due_at: null });
    const back = await sendJson(server, 'PATCH', '/v1/schedules/nightly', { stores: null, windows: null });
    expect(back.json()).toEqual({ ...whole, format: 'json', enabled: false, next_due_at: null });

    expect(await send(server, '/v1/schedules/nightly', { method: 'DELETE' })).toMatchObject({ status: 204, text: '' });
    for (const [verb, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/runs'],
      ['GET', '/runs/2026-11-23'],
      ['POST', '/runs/2026-11-23/again'],
    ]) {
      const gone = await send(server, `/v1/schedules/nightly${path}`, { method: verb });
      expect(problemOf(gone)).toMatchObject({ status: 404, detail: 'There is no schedule "nightly".' });
    }
  });

  it('accepts the short forms of crontab(5)', async () => {
    expect((await create({ name: 'x', cron: '@daily' })).json()).toMatchObject({ cron: '0 0 * * *' });
    const changed = await sendJson(server, 'PATCH', '/v1/schedules/x', { cron: '@hourly' });
    expect(changed.json()).toMatchObject({ cron: '0 * * * *' });
    const refused = await sendJson(server, 'PATCH', '/v1/schedules/x', { cron: '@reboot' });
    expect(problemOf(refused)).toMatchObject({ status: 400, field: 'cron' });
  });

  it('is listed in pages', async () => {
    for (const name of ['a', 'b', 'c']) await create({ ...NIGHTLY, name });
    const page = (await send(server, '/v1/schedules?page_size=2')).json() as {
      schedules: { name: string }[];
      next_page_token: string;
    };
    expect(page.schedules.map(({ name }) => name)).toEqual(['a', 'b']);
    const last = (await send(server, `/v1/schedules?page_token=${page.next_page_token}`)).json();
    expect(last).toMatchObject({ schedules: [{ name: 'c' }], next_page_token: null });
  });

  it.each([
    [{ ...NIGHTLY, name: 'Nightly' }, 'name', /^name must be 1 to 63 lower-case letters, .*, got "Nightly"/],
    [{ cron: '0 2 * * *' }, 'name', /^name must be 1 to 63 lower-case letters, .*, got undefined/],
    [{ name: 'x' }, 'cron', /^cron must have the five fields of crontab\(5\) .*, got undefined; /],
    [{ ...NIGHTLY, cron: '0 25 * * *' }, 'cron', /^cron: "25" is not a valid hour; write \*, 0 to 23/],
    [{ ...NIGHTLY, cron: '0 0 31 2 *' }, 'cron', /^cron: "0 0 31 2 \*" is never due/],
    [
      { ...NIGHTLY, timezone: 'Mars/Olympus' },
      'timezone',
      /^timezone: "Mars\/Olympus" is not a zone of the tz database/,
    ],
    [{ ...NIGHTLY, basis: 'most' }, 'basis', /^basis must be all or observed, got "most"/],
    [{ ...NIGHTLY, format: 'xml' }, 'format', /^format must be csv, json or ndjson, got "xml"./],
    [{ ...NIGHTLY, stores: ['s', 'nobody'] }, 'stores[1]', /^stores\[1\]: there is no store "nobody"/],
    [
      { ...NIGHTLY, windows: [{ name: 'x', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }] },
      'windows[0].from',
      /^windows\[0\]\.from is not allowed: windows of a schedule end when it is due\. Use a duration/,
    ],
    [
      { ...NIGHTLY, windows: [{ name: 'x', duration: '3 days' }] },
      'windows[0].duration',
      /must be a whole number with a unit/,
    ],
    [
      { ...NIGHTLY, windows: [null] },
      'windows[0].name',
      /^windows\[0\]\.name must be 1 to 40 lower-case letters, .*, got undefined/,
    ],
    [
      { ...NIGHTLY, destination: '../etc' },
      'destination',
      /^destination must be one to six folder names .*, got "\.\.\/etc"/,
    ],
    [{ ...NIGHTLY, destination: 'a//b' }, 'destination', /must be one to six folder names/],
    [{ ...NIGHTLY, destination: 'nightly/2026-11-23' }, 'destination', /must be one to six folder names/],
    [
      { ...NIGHTLY, destination: 'reports/mine' },
      'destination',
      /^destination must not be in reports, where Storewatch keeps/,
    ],
    [{ ...NIGHTLY, gzip: 'yes' }, 'gzip', /^gzip must be true or false, got "yes"/],
    [{ ...NIGHTLY, enabled: 1 }, 'enabled', /^enabled must be true or false, got 1/],
    [{ ...NIGHTLY, when: 'now' }, 'when', /^Unknown field "when"/],
  ])('is refused: %j', async (body, field, detail) => {
    expect(problemOf(await create(body))).toMatchObject({ status: 400, field, detail: expect.stringMatching(detail) });
  });

  it('needs a unique name and a unique destination', async () => {
    await create(NIGHTLY);
    expect(problemOf(await create(NIGHTLY))).toMatchObject({
      status: 409,
      field: 'name',
      detail: 'The schedule "nightly" already exists; change it instead.',
    });
    const taken = {
      status: 409,
      field: 'destination',
      detail: 'destination "nightly" is already used by the schedule nightly; choose another.',
    };
    expect(problemOf(await create({ ...NIGHTLY, name: 'other', destination: 'nightly' }))).toMatchObject(taken);
    await create({ ...NIGHTLY, name: 'other' });
    expect(problemOf(await sendJson(server, 'PATCH', '/v1/schedules/other', { destination: 'nightly' }))).toMatchObject(
      taken,
    );
  });
});

describe('the runs of a schedule', () => {
  it('are created, listed in pages, match the report, and can be run again', async () => {
    await create(NIGHTLY);
    clock.turn(3 * DAY_MS);
    await server.app.get(SchedulesTasks).queueDue();
    const runs = await ended('nightly');
    expect(runs).toMatchObject(
      Array.from({ length: 3 }, () => ({ schedule: 'nightly', status: 'Complete', attempts: 1, error: null })),
    );
    expect(
      runs
        .map(({ due_at: at }) => at)
        .toSorted()
        .toReversed(),
    ).toEqual(runs.map(({ due_at: at }) => at));

    const [newest] = runs;
    const stored = await readFile(join(server.home, 'storage', newest.artifact!.key), 'utf8');
    expect((await send(server, `/v1/reports/${newest.report_id}/content`)).text).toBe(stored);
    expect((await newReport(server, { as_of: newest.due_at })).csv.text).toBe(stored);
    expect((await send(server, `/v1/schedules/nightly/runs/${newest.run_id}`)).json()).toEqual(newest);

    const first = (await send(server, '/v1/schedules/nightly/runs?page_size=2')).json() as {
      runs: object[];
      next_page_token: string;
    };
    expect(first.runs).toEqual(runs.slice(0, 2));
    const second = await send(server, `/v1/schedules/nightly/runs?page_size=2&page_token=${first.next_page_token}`);
    expect(second.json()).toEqual({ runs: runs.slice(2), next_page_token: null });

    const again = await send(server, `/v1/schedules/nightly/runs/${newest.run_id}/again`, { method: 'POST' });
    expect(again).toMatchObject({ status: 202 });
    expect(again.json()).toMatchObject({ status: 'Running', report_id: null, artifact: newest.artifact });
    const [made] = await ended('nightly');
    expect(made).toMatchObject({ status: 'Complete', artifact: newest.artifact });
    expect(made.report_id).not.toBe(newest.report_id);
  });

  it('are not found if they do not exist', async () => {
    await create(NIGHTLY);
    const nobody = await send(server, '/v1/schedules/nightly/runs/1999-01-01/again', { method: 'POST' });
    expect(problemOf(nobody)).toMatchObject({ status: 404, detail: 'The schedule nightly has no run "1999-01-01".' });
    for (const token of ['x', Buffer.from('9007199254740991').toString('base64url')]) {
      expect((await send(server, `/v1/schedules/nightly/runs?page_token=${token}`)).status).toBe(
        token === 'x' ? 400 : 200,
      );
    }
  });
});
