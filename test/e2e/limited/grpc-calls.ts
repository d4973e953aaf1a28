import { status } from '@grpc/grpc-js';
import { at } from '../grpc.js';
import { INSIDE, OUTSIDE, SHARED_KEY, type Hidden, type Made } from './worlds.js';

/** A request, and the status of the call in both worlds. */
export interface GrpcCall {
  readonly request: object;
  readonly code: status;
}

export type GrpcCalls = Readonly<Record<string, (made: Made, hidden: Hidden) => readonly GrpcCall[]>>;

const { OK, NOT_FOUND, INVALID_ARGUMENT, PERMISSION_DENIED } = status;
const call = (request: object, code = OK): GrpcCall => ({ request, code });

/** The same request for a store inside and one outside. */
const ofStores =
  (further: object = {}) =>
  (): GrpcCall[] => [call({ storeId: INSIDE, ...further }), call({ storeId: OUTSIDE, ...further }, NOT_FOUND)];

const ofReports = ({ reports }: Made, { report, reportOfOtherLimit }: Hidden): GrpcCall[] => [
  call({ reportId: reports[1] }),
  call({ reportId: report }, NOT_FOUND),
  call({ reportId: reportOfOtherLimit }, NOT_FOUND),
];

const ofSchedules = ({ schedules }: Made, { schedule }: Hidden): GrpcCall[] => [
  call({ name: schedules[1] }),
  call({ name: schedule }, NOT_FOUND),
];

const AT = at('2026-11-20T11:00:00Z');

/** How to call each method of proto/, in this order: changes come last. Add every new method, or the test fails. */
export const GRPC_CALLS: GrpcCalls = {
  'TimezonesService/ListTimezones': () => [call({})],
  'KeysService/ListKeys': () => [call({}, PERMISSION_DENIED)],
  'KeysService/CreateKey': () => [call({ name: 'more', scopes: [2] }, PERMISSION_DENIED)],
  'KeysService/RotateKey': () => [call({ keyId: '0123456789ab' }, PERMISSION_DENIED)],
  'KeysService/RevokeKey': () => [call({ keyId: '0123456789ab' }, PERMISSION_DENIED)],
  'FleetService/GetFleetSummary': () => [call({}), call({ filter: 'store_id:secret' })],
  'FleetService/GetFleetHeatmap': () => [call({}), call({ pageSize: 1 }), call({ q: 'secret' })],
  'FleetService/WatchFleet': () => [call({})],
  'TimezonesService/ListStores': () => [
    call({}),
    call({ pageSize: 1 }),
    call({ filter: 'NOT tags.franchisee = acme' }),
  ],
  'TimezonesService/GetStoreCalendar': ofStores(),
  'TimelinesService/GetStoreTimeline': ofStores(),
  'TimelinesService/ListOutages': ofStores(),
  'TimelinesService/ListRecentOutages': () => [call({}), call({ pageSize: 1 }), call({ filter: 'secret' })],
  'ReportsService/ListReports': () => [call({}), call({ pageSize: 1 })],
  'ReportsService/GetReport': ofReports,
  'ReportsService/WatchReport': ofReports,
  'ReportsService/DownloadReport': ofReports,
  'ReportsService/TriggerReport': () => [
    call({}),
    call({ requestId: SHARED_KEY }),
    call({ stores: [OUTSIDE] }, INVALID_ARGUMENT),
    call({ filter: 'secret' }),
  ],
  'SchedulesService/ListSchedules': () => [call({})],
  'SchedulesService/GetSchedule': ofSchedules,
  'SchedulesService/ListScheduleRuns': ({ schedules }, { schedule }) => [
    call({ schedule: schedules[1] }),
    call({ schedule }, NOT_FOUND),
  ],
  'SchedulesService/GetScheduleRun': ({ schedules, runId }, hidden) => [
    call({ schedule: schedules[1], runId }),
    call({ schedule: hidden.schedule, runId: hidden.runId }, NOT_FOUND),
  ],
  'SchedulesService/CreateSchedule': () => [
    call({ name: 'mine-5', cron: '@daily' }),
    call({ name: 'mine-6', cron: '@daily', report: { stores: [OUTSIDE] } }, INVALID_ARGUMENT),
  ],
  'SchedulesService/UpdateSchedule': ({ schedules }, { schedule }) => [
    call({ name: schedules[1], enabled: false }),
    call({ name: schedule, enabled: false }, NOT_FOUND),
  ],
  'SchedulesService/RunScheduleAgain': ({ schedules, runId }, hidden) => [
    call({ schedule: schedules[1], runId }),
    call({ schedule: hidden.schedule, runId: hidden.runId }, NOT_FOUND),
  ],
  'IngestionService/IngestPolls': () => [
    call({ polls: [INSIDE, OUTSIDE, 'new-1'].map((storeId) => ({ storeId, status: 1, polledAt: AT })) }),
  ],
  'TimezonesService/SetTimezone': ofStores({ timezone: 'Europe/Berlin' }),
  'TimezonesService/RemoveTimezone': ofStores(),
  'TimezonesService/SetBusinessHours': ofStores({ businessHours: [] }),
  'TimezonesService/SetSpecialHours': ofStores({ day: { date: '2026-12-26', hours: [] } }),
  'TimezonesService/RemoveSpecialHours': ofStores({ date: '2026-12-26' }),
  'TimezonesService/SetStoreLife': ofStores({ closedOn: '2030-01-02' }),
  'TimezonesService/UpdateStores': () => [
    call({ updates: [{ storeId: INSIDE, name: 'Again', tags: {} }] }),
    call({ updates: [{ storeId: OUTSIDE, tags: { franchisee: 'acme' } }] }, NOT_FOUND),
    call({ updates: [INSIDE, OUTSIDE].map((storeId) => ({ storeId, tags: { a: 'b' } })) }, NOT_FOUND),
    call({ updates: [{ storeId: INSIDE, tags: { franchisee: 'secret' } }] }, PERMISSION_DENIED),
    call({ updates: [{ storeId: INSIDE, tags: {} }], replaceTags: true }, PERMISSION_DENIED),
  ],
  'SchedulesService/RemoveSchedule': ofSchedules,
  'ReportsService/DeleteReport': ({ reports, running }, { report, reportOfOtherLimit }) => [
    call({ reportId: running[1] }),
    call({ reportId: reports[1] }),
    call({ reportId: report }, NOT_FOUND),
    call({ reportId: reportOfOtherLimit }, NOT_FOUND),
  ],
};
