import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { Basis, StoreStatus } from '../../src/generated/storewatch/v1/common.js';
import type { Poll } from '../../src/generated/storewatch/v1/ingestion_service.js';
import { ReportStatus } from '../../src/generated/storewatch/v1/reports_service.js';
import { EXAMPLE_REPORT_OBSERVED, loadExample } from './example.js';
import { at, failed, failure } from './grpc.js';
import { NOBODY, UUID, finishedReport, insertReport, newReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch({ MAX_POLLS_PER_BATCH: '3' });
});
afterAll(() => server?.close());

describe('ReportsService', () => {
  let reporting: Storewatch;

  beforeAll(async () => {
    reporting = await startStorewatch();
    await loadExample(reporting);
  });
  afterAll(() => reporting?.close());

  const csvOver = async (id: string): Promise<Buffer> =>
    Buffer.concat((await reporting.grpc.downloadReport({ reportId: id })).map(({ data }) => data));

  it('makes the same report as REST, byte for byte', async () => {
    const { report } = await reporting.grpc.triggerReport({ basis: Basis.BASIS_OBSERVED });

    expect(report).toMatchObject({
      reportId: expect.stringMatching(UUID),
      status: ReportStatus.REPORT_STATUS_RUNNING,
      asOf: at('2023-01-23T17:00:00Z'),
      basis: Basis.BASIS_OBSERVED,
    });
    const overRest = await finishedReport(reporting, report!.reportId);
    expect((await reporting.grpc.getReport({ reportId: report!.reportId })).report).toMatchObject({
      reportId: report!.reportId,
      status: ReportStatus.REPORT_STATUS_COMPLETE,
      message: 'Report generation complete',
      progress: { storesDone: 5, storesTotal: 5 },
      asOf: at('2023-01-23T17:00:00Z'),
      basis: Basis.BASIS_OBSERVED,
    });
    expect((await csvOver(report!.reportId)).toString()).toBe(EXAMPLE_REPORT_OBSERVED);
    expect(overRest.text).toBe(EXAMPLE_REPORT_OBSERVED);
  });

  it('downloads a report requested over REST, with as_of truncated to the millisecond', async () => {
    const { csv } = await newReport(reporting, { as_of: '2023-01-23T16:45:00.001Z' });
    const { report } = await reporting.grpc.triggerReport({
      asOf: { ...at('2023-01-23T16:45:00Z'), nanos: 1_999_999 },
    });
    await finishedReport(reporting, report!.reportId);

    expect(report!.asOf).toEqual({ ...at('2023-01-23T16:45:00Z'), nanos: 1_000_000 });
    expect(await csvOver(report!.reportId)).toEqual(csv.bytes);
  });

  it('returns the progress of a running report, but not its file', async () => {
    const id = randomUUID();
    await insertReport(reporting, { id, status: 'Running', done: 3, total: null });

    expect((await reporting.grpc.getReport({ reportId: id })).report).toMatchObject({
      status: ReportStatus.REPORT_STATUS_RUNNING,
      message: 'Report generation in progress...',
      progress: { storesDone: 3, storesTotal: 0 },
    });
    expect(await failure(reporting.grpc.downloadReport({ reportId: id }))).toEqual(
      failed(status.FAILED_PRECONDITION, 'is still running'),
    );
  });

  it('returns why a report failed, from GetReport and from DownloadReport', async () => {
    const id = randomUUID();
    await insertReport(reporting, { id, status: 'Failed', done: 0, total: 2, error: 'The disk is full.' });

    expect((await reporting.grpc.getReport({ reportId: id })).report).toMatchObject({
      status: ReportStatus.REPORT_STATUS_FAILED,
      message: 'Report generation failed: The disk is full.',
    });
    expect(await failure(reporting.grpc.downloadReport({ reportId: id }))).toEqual(
      failed(status.FAILED_PRECONDITION, 'The disk is full'),
    );
  });

  it.each([
    ['unknown', NOBODY, status.NOT_FOUND],
    ['malformed', '42', status.INVALID_ARGUMENT],
    ['missing', '', status.INVALID_ARGUMENT],
  ])('rejects an id that is %s as REST does', async (_what, id, code) => {
    const problem = problemOf(await send(reporting, `/get_report?report_id=${id}`));
    const errors = [
      await failure(reporting.grpc.getReport({ reportId: id })),
      await failure(reporting.grpc.downloadReport({ reportId: id })),
    ];

    expect(errors.map((error) => [error.code, error.details])).toEqual([
      [code, problem.detail],
      [code, problem.detail],
    ]);
  });

  it.each([
    ['an as_of in the future', { asOf: at('9998-01-01T00:00:00Z') }, /lies in the future/],
    ['an as_of after the year 9999', { asOf: { seconds: 253_402_300_800, nanos: 0 } }, /as_of/],
    ['an as_of beyond every calendar', { asOf: { seconds: 1e15, nanos: 0 } }, /as_of/],
    ['an unknown basis', { basis: 7 as Basis }, /basis/],
  ])('rejects %s', async (_what, request, details) => {
    expect(await failure(reporting.grpc.triggerReport(request))).toEqual(failed(status.INVALID_ARGUMENT, details));
  });
});

describe('IngestionService', () => {
  const { STORE_STATUS_ACTIVE, STORE_STATUS_INACTIVE, STORE_STATUS_UNSPECIFIED } = StoreStatus;
  const poll = (storeId: string, second: number, more: Partial<Poll> = {}): Partial<Poll> => ({
    storeId,
    status: STORE_STATUS_ACTIVE,
    polledAt: { ...at('2023-01-22T12:09:00Z'), nanos: second * 1_000_000 },
    ...more,
  });

  it('answers each batch of a stream with its own counts and numbers the rejects within it', async () => {
    const inAnHour = at(new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000).toISOString());

    const answers = await server.grpc.ingestPolls([
      [poll('g1', 1), poll('g1', 2, { status: STORE_STATUS_UNSPECIFIED }), poll('g1', 1)],
      [],
      [poll('', 3), { storeId: 'g1', status: STORE_STATUS_INACTIVE }, poll('g1', 4)],
      [poll('g1', 5, { polledAt: inAnHour }), poll('g1', 6, { polledAt: at('1999-12-31T23:59:59Z') })],
      [poll('g1', 1, { status: STORE_STATUS_INACTIVE })],
    ]);

    expect(answers).toMatchObject([
      { batch: 1, read: 3, accepted: 1, duplicate: 1, rejected: 1 },
      { batch: 2, read: 0, accepted: 0, duplicate: 0, rejected: 0 },
      { batch: 3, read: 3, accepted: 1, duplicate: 0, rejected: 2 },
      { batch: 4, read: 2, accepted: 0, duplicate: 0, rejected: 2 },
      { batch: 5, read: 1, accepted: 1, duplicate: 0, rejected: 0 },
    ]);
    expect(answers.map(({ rejects }) => rejects)).toEqual([
      [{ index: 1, field: 'status', reason: '0 is neither STORE_STATUS_ACTIVE nor STORE_STATUS_INACTIVE' }],
      [],
      [
        { index: 0, field: 'store_id', reason: 'the store_id is empty' },
        { index: 1, field: 'polled_at', reason: 'is missing' },
      ],
      [
        { index: 0, field: 'polled_at', reason: expect.stringContaining('lies in the future') },
        { index: 1, field: 'polled_at', reason: '1999-12-31T23:59:59.000Z is before 2000-01-01T00:00:00.000Z' },
      ],
      [],
    ]);
  });

  it('stores the same polls as REST, and counts those that REST stored as duplicates', async () => {
    const body = { polls: [{ store_id: 'g2', status: 'active', timestamp_utc: '2023-01-22 12:09:00.007999 UTC' }] };
    const rest = await sendJson(server, 'POST', '/v1/polls', body);

    const polledAt = { ...at('2023-01-22T12:09:00Z'), nanos: 7_000_001 };
    const grpc = await server.grpc.ingestPolls([[poll('g2', 7, { polledAt })]]);

    expect(rest.json()).toMatchObject({ accepted: 1 });
    expect(grpc).toEqual([{ batch: 1, read: 1, accepted: 0, duplicate: 1, rejected: 0, rejects: [] }]);
  });

  it('rejects a batch that is too large and keeps the batches before it', async () => {
    const before = [poll('g3', 1), poll('g3', 2)];
    const tooLarge = [3, 4, 5, 6].map((second) => poll('g3', second));

    const error = await failure(server.grpc.ingestPolls([before, tooLarge]));

    expect(error).toEqual(failed(status.INVALID_ARGUMENT, 'at most 3 polls .*, got 4'));
    expect(await server.grpc.ingestPolls([before, tooLarge.slice(0, 3)])).toMatchObject([
      { batch: 1, accepted: 0, duplicate: 2 },
      { batch: 2, accepted: 3, duplicate: 0 },
    ]);
  });

  it('rejects an instant beyond every calendar and accepts the rest', async () => {
    const polledAt = { seconds: 1e15, nanos: 0 };

    const [answer] = await server.grpc.ingestPolls([[poll('g4', 1, { polledAt }), poll('g4', 1)]]);

    expect(answer).toMatchObject({ read: 2, accepted: 1, rejected: 1, rejects: [{ index: 0, field: 'polled_at' }] });
  });

  it('accepts a stream without a batch', async () => {
    expect(await server.grpc.ingestPolls([])).toEqual([]);
  });
});

describe('TimezonesService', () => {
  const NO_SPECIAL = { specialHours: [], openedOn: '', closedOn: '' };
  const hours = (dayOfWeek: number, startTimeLocal: string, endTimeLocal: string) => ({
    dayOfWeek,
    startTimeLocal,
    endTimeLocal,
  });

  it('sets a calendar that REST reads', async () => {
    await server.grpc.setTimezone({ storeId: 'a/b 😀', timezone: 'Asia/Kathmandu' });
    const { calendar } = await server.grpc.setBusinessHours({
      storeId: 'a/b 😀',
      businessHours: [hours(6, '22:00', '02:00')],
    });

    expect(calendar).toEqual({
      storeId: 'a/b 😀',
      name: '',
      tags: {},
      timezone: 'Asia/Kathmandu',
      timezoneIsDefault: false,
      businessHours: [hours(6, '22:00:00', '02:00:00')],
      ...NO_SPECIAL,
    });
    expect((await send(server, `/v1/stores/${encodeURIComponent('a/b 😀')}`)).json()).toEqual({
      store_id: 'a/b 😀',
      name: null,
      tags: {},
      timezone: 'Asia/Kathmandu',
      timezone_is_default: false,
      business_hours: [{ day_of_week: 6, start_time_local: '22:00:00', end_time_local: '02:00:00' }],
      special_hours: [],
      opened_on: null,
      closed_on: null,
    });
  });

  it('reads a calendar set over REST', async () => {
    await sendJson(server, 'PUT', '/v1/stores/from-rest/business_hours', {
      business_hours: [{ day_of_week: 0, start_time_local: '09:00:00', end_time_local: '24:00:00' }],
    });

    expect((await server.grpc.getStoreCalendar({ storeId: 'from-rest' })).calendar).toEqual({
      storeId: 'from-rest',
      name: '',
      tags: {},
      timezone: 'America/Chicago',
      timezoneIsDefault: true,
      businessHours: [hours(0, '09:00:00', '24:00:00')],
      ...NO_SPECIAL,
    });
  });

  it('lists the same zones as REST', async () => {
    const { timezones, tzVersion } = await server.grpc.listTimezones();

    expect({ timezones, tz_version: tzVersion }).toEqual((await send(server, '/v1/timezones')).json());
  });

  it('rejects what REST rejects, with the same message', async () => {
    const wrong = hours(1, '31:00:00', '17:00:00');
    const zone = await failure(server.grpc.setTimezone({ storeId: 'no', timezone: 'Mars/Olympus' }));
    const week = await failure(
      server.grpc.setBusinessHours({ storeId: 'no', businessHours: [hours(0, '09:00', '10:00'), wrong] }),
    );
    const stranger = await failure(server.grpc.getStoreCalendar({ storeId: 'no' }));
    const blank = await failure(server.grpc.setTimezone({ storeId: ' ', timezone: 'Asia/Tokyo' }));

    const refused = async (verb: string, path: string, body?: object): Promise<string> =>
      problemOf(await (body ? sendJson(server, verb, path, body) : send(server, path))).detail;
    expect([zone, week, stranger, blank].map(({ code, details }) => [code, details])).toEqual([
      [status.INVALID_ARGUMENT, await refused('PUT', '/v1/stores/no/timezone', { timezone: 'Mars/Olympus' })],
      [
        status.INVALID_ARGUMENT,
        await refused('PUT', '/v1/stores/no/business_hours', {
          business_hours: [
            { day_of_week: 0, start_time_local: '09:00', end_time_local: '10:00' },
            { day_of_week: 1, start_time_local: '31:00:00', end_time_local: '17:00:00' },
          ],
        }),
      ],
      [status.NOT_FOUND, await refused('GET', '/v1/stores/no')],
      [status.INVALID_ARGUMENT, await refused('PUT', '/v1/stores/%20/timezone', { timezone: 'Asia/Tokyo' })],
    ]);
    expect(week.metadata.get('field')).toEqual(['business_hours[1].start_time_local']);
  });

  it('does not find a store with an invalid id', async () => {
    const { code } = await failure(server.grpc.getStoreCalendar({ storeId: 'a\0b' }));

    expect([status.NOT_FOUND, status.INVALID_ARGUMENT]).toContain(code);
  });
});
