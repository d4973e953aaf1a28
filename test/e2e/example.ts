import { type ImportBody, type FileKind, load } from './rest.js';
import type { Storewatch } from './server.js';

/**
 * Small enough to compute by hand. As-of is the latest poll, Monday 2023-01-23 17:00 UTC. That poll itself is not
 * before as-of, so it does not count.
 *
 * - `A` is open on Mondays from 9 to 12 in New York: 14:00 to 17:00 UTC. Its polls are those of the morning in
 *   docs/numbers.md. Of 180 minutes 74 are carried down, 61 up and 45 down; of the last hour 15 are up and 45 down. The week
 *   begins when the opening on the Monday before ends.
 * - `-42` is always open. It is unknown until 16:30, then up for 30 minutes.
 * - `=1+1` has only the poll at as-of: it is always unknown.
 * - `hours` has no polls and is open for eight hours of the week, on Tuesday.
 * - `say "hi", zone` has no polls either and is always open.
 */
export const EXAMPLE = {
  store_status: [
    'store_id,status,timestamp_utc',
    'A,active,2023-01-23 15:14:00 UTC',
    '-42,active,2023-01-23 16:30:00.000999 UTC',
    'A,inactive,2023-01-23 13:47:00.0 UTC',
    '=1+1,active,2023-01-23 17:00:00 UTC',
    'A,inactive,2023-01-23 16:15:00.000000 UTC',
    '',
  ].join('\n'),
  business_hours: [
    'store_id,dayOfWeek,start_time_local,end_time_local',
    'hours,1,09:00:00,17:00:00',
    'A,0,09:00:00,12:00:00',
    '',
  ].join('\n'),
  store_timezones: [
    'store_id,timezone_str',
    'A,America/New_York',
    '"say ""hi"", zone",Asia/Kathmandu',
    'hours,America/Chicago',
    '',
  ].join('\n'),
} as const satisfies Partial<Record<FileKind, string>>;

const HEADER =
  'store_id,uptime_last_hour(in minutes),uptime_last_day(in hours),update_last_week(in hours),downtime_last_hour(in minutes),downtime_last_day(in hours),downtime_last_week(in hours)';

export const EXAMPLE_REPORT = [
  HEADER,
  '-42,30.00,0.50,0.50,30.00,23.50,167.50',
  `'=1+1,0.00,0.00,0.00,60.00,24.00,168.00`,
  'A,15.00,1.02,1.02,45.00,1.98,1.98',
  'hours,0.00,0.00,0.00,0.00,0.00,8.00',
  '"say ""hi"", zone",0.00,0.00,0.00,60.00,24.00,168.00',
  '',
].join('\n');

/** The same with basis=observed: neither carried nor unknown time counts. */
export const EXAMPLE_REPORT_OBSERVED = [
  HEADER,
  '-42,30.00,0.50,0.50,0.00,0.00,0.00',
  `'=1+1,0.00,0.00,0.00,0.00,0.00,0.00`,
  'A,15.00,1.02,1.02,45.00,0.75,0.75',
  'hours,0.00,0.00,0.00,0.00,0.00,0.00',
  '"say ""hi"", zone",0.00,0.00,0.00,0.00,0.00,0.00',
  '',
].join('\n');

/**
 * Custom windows, in minutes. `morning` is 15:00 to 16:30 UTC. A has 14 carried down, 61 up and 15 down. The others are
 * unknown, because -42 is first polled at 16:30. `last_90m` is 15:30 to 17:00. A has 45 up and 45 down; -42 has 60
 * unknown and 30 up.
 */
export const MORNING = { name: 'morning', from: '2023-01-23T15:00:00Z', to: '2023-01-23 16:30:00 UTC' };
export const LAST_90M = { name: 'last_90m', duration: '90m' };
/** The same as a report writes them. */
export const EXAMPLE_WINDOWS = [
  { name: 'morning', from: '2023-01-23T15:00:00.000Z', to: '2023-01-23T16:30:00.000Z' },
  { name: 'last_90m', from: '2023-01-23T15:30:00.000Z', to: '2023-01-23T17:00:00.000Z' },
] as const;

export const EXAMPLE_PARTS = [
  'store_id,morning_open_ms,morning_up_ms,morning_down_ms,morning_carried_up_ms,morning_carried_down_ms,morning_unknown_ms,last_90m_open_ms,last_90m_up_ms,last_90m_down_ms,last_90m_carried_up_ms,last_90m_carried_down_ms,last_90m_unknown_ms',
  '-42,5400000,0,0,0,0,5400000,5400000,1800000,0,0,0,3600000',
  `'=1+1,5400000,0,0,0,0,5400000,5400000,0,0,0,0,5400000`,
  'A,5400000,3660000,900000,0,840000,0,5400000,2700000,2700000,0,0,0',
  'hours,0,0,0,0,0,0,0,0,0,0,0,0',
  '"say ""hi"", zone",5400000,0,0,0,0,5400000,5400000,0,0,0,0,5400000',
  '',
].join('\n');

export async function loadExample(server: Storewatch): Promise<ImportBody[]> {
  const imports: ImportBody[] = [];
  for (const kind of ['store_status', 'business_hours', 'store_timezones'] as const) {
    imports.push(await load(server, kind, EXAMPLE[kind]));
  }
  return imports;
}
