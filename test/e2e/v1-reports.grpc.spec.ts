import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { Basis } from '../../src/generated/storewatch/v1/common.js';
import {
  type Report,
  ReportFormat,
  ReportStatus,
  type TriggerReportRequest,
  type WindowRequest,
} from '../../src/generated/storewatch/v1/reports_service.js';
import { EXAMPLE_PARTS, EXAMPLE_REPORT, EXAMPLE_WINDOWS, LAST_90M, MORNING, loadExample } from './example.js';
import { at, expectAlike, failure, minutes } from './grpc.js';
import { UUID, describedReport, makeReport, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const AS_OF = at('2023-01-23T17:00:00Z');
const HOUR = 3_600;
const timed = (name: string, duration: { seconds: number; nanos: number }): WindowRequest => ({
  name,
  duration,
  from: undefined,
  to: undefined,
});
const between = (name: string, from: string, to: string): WindowRequest => ({
  name,
  duration: undefined,
  from: at(from),
  to: at(to),
});
const WINDOWS = [between('morning', '2023-01-23T15:00:00Z', '2023-01-23T16:30:00Z'), timed('last_90m', minutes(90))];
const MADE = EXAMPLE_WINDOWS.map(({ name, from, to }) => ({ name, from: at(from), to: at(to) }));

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
});
afterAll(() => server?.close());

/** A new report once it is complete, and its bytes. */
async function made(request: Partial<TriggerReportRequest>): Promise<{ report: Report; bytes: Buffer }> {
  const { reportId } = (await server.grpc.triggerReport(request)).report!;
  await describedReport(server, reportId);
  const chunks = await server.grpc.downloadReport({ reportId });
  return {
    report: (await server.grpc.getReport({ reportId })).report!,
    bytes: Buffer.concat(chunks.map(({ data }) => data)),
  };
}

describe('ReportsService', () => {
  it('answers at once with the new report', async () => {
    const { report } = await server.grpc.triggerReport({
      windows: WINDOWS,
      basis: Basis.BASIS_OBSERVED,
      format: ReportFormat.REPORT_FORMAT_NDJSON,
    });

    expect(report).toEqual({
      reportId: expect.stringMatching(UUID),
      status: ReportStatus.REPORT_STATUS_RUNNING,
      message: 'Report generation in progress...',
      filter: '',
      progress: { storesDone: 0, storesTotal: 0 },
      asOf: AS_OF,
      basis: Basis.BASIS_OBSERVED,
      format: ReportFormat.REPORT_FORMAT_NDJSON,
      windows: MADE,
      columns: [],
      groupBy: [],
      account: null,
      createdAt: { seconds: expect.any(Number), nanos: expect.any(Number) },
      finishedAt: null,
      expiredAt: null,
      webhook: null,
    });
  });

  it('makes the default report for an empty request', async () => {
    const { report, bytes } = await made({});

    expect(report).toMatchObject({ asOf: AS_OF, basis: Basis.BASIS_ALL, format: ReportFormat.REPORT_FORMAT_CSV });
    expect(report.windows).toEqual([
      { name: 'last_hour', from: at('2023-01-23T16:00:00Z'), to: AS_OF },
      { name: 'last_day', from: at('2023-01-22T17:00:00Z'), to: AS_OF },
      { name: 'last_week', from: at('2023-01-16T17:00:00Z'), to: AS_OF },
    ]);
    expect(bytes.toString()).toBe(EXAMPLE_REPORT);
  });

  it('describes the data behind a report with custom windows', async () => {
    const { report, bytes } = await made({ windows: WINDOWS, asOf: AS_OF });
    const { tzVersion } = await server.grpc.listTimezones();

    expect(bytes.toString()).toBe(EXAMPLE_PARTS);
    expect(report.account).toEqual({
      pollValidFor: { seconds: 3 * HOUR, nanos: 0 },
      tzVersion,
      stores: 5,
      filter: '',
      windows: [
        { window: MADE[0], polls: 2, storesNeverPolled: 4, storesSilent: 0, observedShare: 0.2111 },
        { window: MADE[1], polls: 2, storesNeverPolled: 3, storesSilent: 0, observedShare: 0.3333 },
      ],
    });
  });

  it('has no share observed if nothing is open', async () => {
    const { report } = await made({ stores: ['hours'], windows: [WINDOWS[1]] });

    expect(report.account?.windows).toEqual([{ window: MADE[1], polls: 0, storesNeverPolled: 1, storesSilent: 0 }]);
  });

  it.each([
    ['json', ReportFormat.REPORT_FORMAT_JSON],
    ['ndjson', ReportFormat.REPORT_FORMAT_NDJSON],
  ])('writes the same %s as REST, byte for byte', async (format, formatCode) => {
    const stores = ['hours', '=1+1', 'A'];

    const overGrpc = await made({ stores, windows: WINDOWS, format: formatCode, basis: Basis.BASIS_OBSERVED });
    const overRest = await makeReport(server, { stores, windows: [MORNING, LAST_90M], format, basis: 'observed' });

    expect(overGrpc.bytes).toEqual(overRest.content.bytes);
    expect(overGrpc.report.progress).toEqual({ storesDone: 3, storesTotal: 3 });
  });

  const day = { name: 'w', from: '2023-01-22T00:00:00Z', to: '2023-01-23T00:00:00Z' };
  const bare: WindowRequest = { name: 'w', duration: undefined, from: undefined, to: undefined };
  it.each<[string, Partial<TriggerReportRequest>, object, string]>([
    ['an unknown store', { stores: ['A', 'B'] }, { stores: ['A', 'B'] }, 'stores[1]'],
    ['an unknown format', { format: 9 as ReportFormat }, { format: '9' }, 'format'],
    ['an invalid name', { windows: [{ ...bare, name: 'W' }] }, { windows: [{ name: 'W' }] }, 'windows[0].name'],
    ['a repeated name', { windows: [WINDOWS[1], WINDOWS[1]] }, { windows: [LAST_90M, LAST_90M] }, 'windows[1].name'],
    ['a window without times', { windows: [bare] }, { windows: [{ name: 'w' }] }, 'windows[0]'],
    [
      'a window with both a duration and times',
      { windows: [{ ...between('w', day.from, day.to), duration: minutes(60) }] },
      { windows: [{ ...day, duration: '60m' }] },
      'windows[0]',
    ],
    [
      'a duration of zero',
      { windows: [timed('w', minutes(0))] },
      { windows: [{ name: 'w', duration: '0s' }] },
      'windows[0].duration',
    ],
    [
      'a negative duration',
      { windows: [timed('w', { seconds: -60, nanos: 0 })] },
      { windows: [{ name: 'w', duration: '-60s' }] },
      'windows[0].duration',
    ],
    [
      'more than 400 days',
      { windows: [WINDOWS[0], timed('w', { seconds: 401 * 24 * HOUR, nanos: 0 })] },
      { windows: [MORNING, { name: 'w', duration: '401d' }] },
      'windows[1].duration',
    ],
    [
      'an end after as_of',
      { windows: [between('w', day.from, '2023-01-23T17:00:01Z')] },
      { windows: [{ ...day, to: '2023-01-23T17:00:01Z' }] },
      'windows[0].to',
    ],
    [
      'an end before its start',
      { windows: [between('w', day.to, day.from)] },
      { windows: [{ ...day, from: day.to, to: day.from }] },
      'windows[0].from',
    ],
    [
      'too many windows',
      { windows: Array.from({ length: 51 }, (_, i) => timed(`w${i}`, minutes(1))) },
      { windows: Array.from({ length: 51 }, (_, i) => ({ name: `w${i}`, duration: '1m' })) },
      'windows',
    ],
  ])('rejects %s as REST does, with the same message', async (_what, request, body, field) => {
    await expectAlike(server.grpc.triggerReport(request), sendJson(server, 'POST', '/v1/reports', body), field);
  });

  it.each([
    ['a start beyond every calendar', { ...bare, from: { seconds: 1e15, nanos: 0 }, to: AS_OF }, 'windows[0].from'],
    ['an end beyond every calendar', { ...bare, from: AS_OF, to: { seconds: -1e15, nanos: 0 } }, 'windows[0].to'],
    ['a fraction of a second', timed('w', { seconds: 60, nanos: 500_000_000 }), 'windows[0].duration'],
  ])('rejects %s', async (_what, window, field) => {
    const error = await failure(server.grpc.triggerReport({ windows: [window] }));

    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.details.startsWith(`${field} must be `)).toBe(true);
    expect(error.metadata.get('field')).toEqual([field]);
  });

  it('shows a report requested over gRPC over REST too', async () => {
    const { report } = await made({ stores: ['A'], windows: WINDOWS, format: ReportFormat.REPORT_FORMAT_JSON });

    expect((await send(server, `/v1/reports/${report.reportId}`)).json()).toMatchObject({
      status: 'Complete',
      format: 'json',
      stores: ['A'],
      windows: EXAMPLE_WINDOWS,
    });
  });
});
