import { INSIDE, OUTSIDE, SHARED_KEY, type Hidden, type Made } from './worlds.js';

/** A request, and the status of its response in both worlds. */
export interface RestCall {
  readonly path: string;
  readonly status: number;
  /** JSON, or text for a file. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type RestCalls = Readonly<Record<string, (made: Made, hidden: Hidden) => readonly RestCall[]>>;

const read = (path: string, status = 200): RestCall => ({ path, status });
const write = (path: string, body: unknown, status = 200): RestCall => ({ path, status, body });

/** The same request for a store inside and one outside. */
const ofStores = (path: (storeId: string) => string, body?: unknown): RestCall[] => [
  write(path(INSIDE), body),
  write(path(OUTSIDE), body, 404),
];

/** A file with rows inside and outside, and one with rows outside only. */
const files = (kind: string, header: string, rest: string): RestCall[] => [
  write(`/v1/imports/${kind}`, `${header}\n${INSIDE},${rest}\n${OUTSIDE},${rest}\nsecret-2,${rest}\n`, 201),
  write(`/v1/imports/${kind}`, `${header}\n${OUTSIDE},${rest}\n`, 422),
  write(`/v1/imports/${kind}?strict=true`, `${header}\n${INSIDE},${rest}\n${OUTSIDE},${rest}\n`, 422),
];

const AT = '2026-11-20T10:00:00Z';

/** How to call each operation of openapi.json, in this order: changes come last. Add every new operation, or the test fails. */
export const REST_CALLS: RestCalls = {
  livez: () => [read('/livez')],
  readyz: () => [read('/readyz')],
  getMetrics: () => [read('/metrics', 403)],
  listKeys: () => [read('/v1/keys', 403)],
  createKey: () => [write('/v1/keys', { name: 'more', scopes: ['read'] }, 403)],
  rotateKey: () => [write('/v1/keys/0123456789ab/rotate', {}, 403)],
  revokeKey: () => [write('/v1/keys/0123456789ab', undefined, 403)],
  listTimezones: () => [read('/v1/timezones')],
  getFleetSummary: () => [
    read('/v1/fleet/summary'),
    read('/v1/fleet/summary?basis=observed&filter=store_id:secret'),
    read('/v1/fleet/summary?group_by=tags.franchisee'),
    read('/v1/fleet/summary?filter=NOT+tags.franchisee%3Dacme+OR+state%3Dup'),
  ],
  getFleetHeatmap: () => [
    read('/v1/fleet/heatmap'),
    read('/v1/fleet/heatmap?page_size=1&sort=store_id'),
    read('/v1/fleet/heatmap?page_size=1&sort=lost'),
    read('/v1/fleet/heatmap?q=secret'),
    read('/v1/fleet/heatmap?filter=-tags.franchisee%3Dacme'),
  ],
  watchFleet: () => [read('/v1/fleet/events?limit=1'), read('/v1/fleet/events?limit=1&filter=store_id:secret')],
  listStores: () => [
    read('/v1/stores'),
    read('/v1/stores?page_size=1'),
    read('/v1/stores?page_token=aW4tMg'), // after in-2
    read('/v1/stores?filter=tags.franchisee%3Dsecret+OR+secret'),
    read('/v1/stores?filter=NOT+tags.franchisee%3Dacme'),
  ],
  getStore: () => ofStores((storeId) => `/v1/stores/${storeId}`),
  getStoreTimeline: () => ofStores((storeId) => `/v1/stores/${storeId}/timeline`),
  listOutages: () => ofStores((storeId) => `/v1/stores/${storeId}/outages`),
  listRecentOutages: () => [
    read('/v1/outages'),
    read('/v1/outages?page_size=1'),
    read('/v1/outages?filter=NOT+tags.franchisee%3Dacme'),
  ],
  listImports: () => [read('/v1/imports'), read('/v1/imports?page_size=1'), read('/v1/imports?status=Complete')],
  getImport: ({ imports }, hidden) => [read(`/v1/imports/${imports[0]}`), read(`/v1/imports/${hidden.import}`, 404)],
  getImportRejects: ({ imports }, hidden) => [
    read(`/v1/imports/${imports[0]}/rejects`),
    read(`/v1/imports/${hidden.import}/rejects`, 404),
  ],
  listReports: () => [read('/v1/reports'), read('/v1/reports?page_size=1'), read('/v1/reports?status=Complete')],
  ...Object.fromEntries(
    Object.entries({
      describeReport: (id: string) => `/v1/reports/${id}`,
      getReport: (id: string) => `/get_report?report_id=${id}`,
      headReportContent: (id: string) => `/v1/reports/${id}/content`,
      getReportContent: (id: string) => `/v1/reports/${id}/content`,
      watchReport: (id: string) => `/v1/reports/${id}/events`,
    }).map(([operation, path]) => [
      operation,
      ({ reports }: Made, { report, reportOfOtherLimit }: Hidden) => [
        read(path(reports[0])),
        read(path(report), 404),
        read(path(reportOfOtherLimit), 404),
      ],
    ]),
  ),
  listSchedules: () => [read('/v1/schedules'), read('/v1/schedules?page_size=1')],
  getSchedule: ({ schedules }, { schedule }) => [
    read(`/v1/schedules/${schedules[0]}`),
    read(`/v1/schedules/${schedule}`, 404),
    read('/v1/schedules/nightly', 404),
  ],
  listScheduleRuns: ({ schedules }, { schedule }) => [
    read(`/v1/schedules/${schedules[0]}/runs`),
    read(`/v1/schedules/${schedule}/runs`, 404),
  ],
  getScheduleRun: ({ schedules, runId }, hidden) => [
    read(`/v1/schedules/${schedules[0]}/runs/${runId}`),
    read(`/v1/schedules/${hidden.schedule}/runs/${hidden.runId}`, 404),
  ],
  triggerReport: () => [write('/trigger_report', {}, 202)],
  createReport: () => [
    write('/v1/reports', {}, 202),
    { ...write('/v1/reports', {}, 202), headers: { 'Idempotency-Key': SHARED_KEY } },
    write('/v1/reports', { filter: 'tags.franchisee = secret' }, 202),
    write('/v1/reports', { stores: [INSIDE] }, 202),
    write('/v1/reports', { group_by: ['tags.franchisee'] }, 202),
    write('/v1/reports', { stores: [INSIDE, OUTSIDE] }, 400),
  ],
  createSchedule: () => [
    write('/v1/schedules', { name: 'mine-3', cron: '@daily' }, 201),
    write('/v1/schedules', { name: 'mine-3', cron: '@daily' }, 409),
    write('/v1/schedules', { name: 'mine-4', cron: '@daily', stores: [OUTSIDE] }, 400),
    write('/v1/schedules', { name: 'mine-4', cron: '@daily', destination: 'secret-schedule' }, 400),
  ],
  updateSchedule: ({ schedules }, { schedule }) => [
    write(`/v1/schedules/${schedules[0]}`, { filter: 'secret', enabled: false }),
    write(`/v1/schedules/${schedules[0]}`, { stores: [OUTSIDE] }, 400),
    write(`/v1/schedules/${schedule}`, { enabled: false }, 404),
  ],
  runScheduleAgain: ({ schedules, runId }, hidden) => [
    write(`/v1/schedules/${schedules[0]}/runs/${runId}/again`, undefined, 202),
    write(`/v1/schedules/${hidden.schedule}/runs/${hidden.runId}/again`, undefined, 404),
  ],
  ingestPolls: () => [
    write('/v1/polls', {
      polls: [INSIDE, OUTSIDE, 'new-1'].map((id) => ({ store_id: id, status: 'active', timestamp_utc: AT })),
    }),
  ],
  importStoreStatus: () => files('store_status', 'store_id,status,timestamp_utc', `active,${AT}`),
  importBusinessHours: () => [
    ...files('business_hours', 'store_id,day,start_time_local,end_time_local', '1,09:00,17:00'),
    write(
      '/v1/imports/business_hours',
      `store_id,day,start_time_local,end_time_local\n${INSIDE},1,09:00,17:00\n${OUTSIDE},1,late,17:00\n"${OUTSIDE},1\n`,
      201,
    ),
  ],
  importStoreTimezones: () => files('store_timezones', 'store_id,timezone_str', 'Asia/Tokyo'),
  importSpecialHours: () => files('special_hours', 'store_id,date,start_time_local,end_time_local', '2026-11-20,,'),
  importStoreLife: () => files('store_life', 'store_id,opened_on,closed_on', '2020-01-01,'),
  importStores: () => [
    ...files('stores', 'store_id,region', 'North'),
    write('/v1/imports/stores', `store_id,franchisee\n${INSIDE},secret\n`, 403),
    write('/v1/imports/stores', `store_id,franchisee\n${OUTSIDE},acme\n`, 422),
    write('/v1/imports/stores?replace_tags=true', `store_id,name\n${INSIDE},Shop\n`, 403),
  ],
  updateStore: () => [
    ...ofStores((storeId) => `/v1/stores/${storeId}`, { name: 'New name' }),
    write(`/v1/stores/${INSIDE}`, { tags: { franchisee: 'secret' } }, 403),
    write(`/v1/stores/${INSIDE}`, { tags: { franchisee: null } }, 403),
    write(`/v1/stores/${OUTSIDE}`, { tags: { franchisee: 'acme' } }, 404),
  ],
  setTimezone: () => ofStores((storeId) => `/v1/stores/${storeId}/timezone`, { timezone: 'Europe/Berlin' }),
  removeTimezone: () => ofStores((storeId) => `/v1/stores/${storeId}/timezone`),
  setBusinessHours: () => ofStores((storeId) => `/v1/stores/${storeId}/business_hours`, { business_hours: [] }),
  setSpecialHours: () => ofStores((storeId) => `/v1/stores/${storeId}/special_hours/2026-12-25`, { hours: [] }),
  removeSpecialHours: () => ofStores((storeId) => `/v1/stores/${storeId}/special_hours/2026-12-25`),
  setLife: () => ofStores((storeId) => `/v1/stores/${storeId}/life`, { closed_on: '2030-01-01' }),
  removeSchedule: ({ schedules }, { schedule }) => [
    write(`/v1/schedules/${schedules[0]}`, undefined, 204),
    write(`/v1/schedules/${schedule}`, undefined, 404),
  ],
  deleteReport: ({ reports, running }, { report, reportOfOtherLimit }) => [
    write(`/v1/reports/${running[0]}`, undefined, 204),
    write(`/v1/reports/${reports[0]}`, undefined, 204),
    write(`/v1/reports/${report}`, undefined, 404),
    write(`/v1/reports/${reportOfOtherLimit}`, undefined, 404),
  ],
};
