import { type FileKind, load } from './rest.js';
import type { Storewatch } from './server.js';

/**
 * Outages that can be computed by hand. All stores are open every day from 9 to 17 in Abidjan, which uses UTC.
 * 2023-03-06 is a Monday. The latest poll, on Thursday 12:00, is one of `fine`.
 *
 * - `night` is inactive from Monday 16:00 to Tuesday 11:00, with a poll on Tuesday 9:30: one outage across a closed
 * night.
 * - `split` is also inactive from Monday 16:00 on. It is seen active at 20:00, when it is closed, and is inactive again
 *   from 22:00 until Tuesday 10:00.
 * - `over` is inactive from Wednesday 10:00 on, and Wednesday is its last day.
 * - `since` is inactive from Wednesday 15:00 on.
 * - `long` is inactive from Monday, February 20, 10:00 to Tuesday 12:00, with a poll on Wednesday, March 1, 12:00.
 */
const POLLS = {
  night: ['inactive 06 16:00', 'inactive 07 09:30', 'active 07 11:00'],
  split: ['inactive 06 16:00', 'active 06 20:00', 'inactive 06 22:00', 'active 07 10:00'],
  over: ['active 08 09:00', 'inactive 08 10:00'],
  since: ['inactive 08 15:00'],
  fine: ['active 06 12:00', 'active 07 12:00', 'active 09 12:00'],
  long: ['inactive 01 12:00', 'active 07 12:00'],
};
const STORES = Object.keys(POLLS);

const FILES = {
  store_timezones: ['store_id,timezone_str', ...STORES.map((id) => `${id},Africa/Abidjan`)],
  business_hours: [
    'store_id,day,start_time_local,end_time_local',
    ...STORES.flatMap((id) => [0, 1, 2, 3, 4, 5, 6].map((day) => `${id},${day},09:00,17:00`)),
  ],
  store_life: ['store_id,opened_on,closed_on', 'over,,2023-03-08'],
  store_status: [
    'store_id,status,timestamp_utc',
    'long,inactive,2023-02-20 10:00:00',
    ...Object.entries(POLLS).flatMap(([id, polls]) => polls.map((poll) => row(id, poll))),
  ],
} satisfies Partial<Record<FileKind, string[]>>;

function row(id: string, poll: string): string {
  const [status, day, time] = poll.split(' ');
  return `${id},${status},2023-03-${day} ${time}:00`;
}

export async function loadOutages(server: Storewatch): Promise<void> {
  for (const kind of ['store_timezones', 'business_hours', 'store_life', 'store_status'] as const) {
    await load(server, kind, `${FILES[kind].join('\n')}\n`);
  }
}

/** An outage as REST writes it. */
export interface OutageBody {
  store_id: string;
  store_name: string | null;
  start: string;
  end: string | null;
  ongoing: boolean;
  open_ms: number;
  down_ms: number;
  carried_down_ms: number;
  started_by: { polled_at: string; status: string };
  ended_by: { polled_at: string; status: string } | null;
}

/** `07 10:00` of March 2023. */
export const march = (text: string): string => `2023-03-${text.replace(' ', 'T')}:00.000Z`;

/** @param polls the first inactive poll and the active poll that ended it; by default the start and none */
export function outage(
  storeId: string,
  [start, end]: readonly [string, string | null],
  [down, carriedDown]: readonly [number, number],
  [startedBy, endedBy]: readonly [string, string | null] = [start, null],
): OutageBody {
  return {
    store_id: storeId,
    store_name: null,
    start: march(start),
    end: end && march(end),
    ongoing: end === null,
    open_ms: (down + carriedDown) * 60_000,
    down_ms: down * 60_000,
    carried_down_ms: carriedDown * 60_000,
    started_by: { polled_at: march(startedBy), status: 'inactive' },
    ended_by: endedBy === null ? null : { polled_at: march(endedBy), status: 'active' },
  };
}

const HOUR = 60;

// Monday 16:00 to 17:00 is down, Tuesday 9:00 to 9:30 is carried down, then down to 11:00.
export const NIGHT = outage('night', ['06 16:00', '07 11:00'], [2.5 * HOUR, 0.5 * HOUR], ['06 16:00', '07 11:00']);
export const SPLIT_MONDAY = outage('split', ['06 16:00', '06 17:00'], [HOUR, 0], ['06 16:00', '06 20:00']);
export const SPLIT_TUESDAY = outage('split', ['07 09:00', '07 10:00'], [0, HOUR], ['06 22:00', '07 10:00']);
// Down for three hours, then carried down to the end of the store's last opening.
export const OVER: OutageBody = { ...outage('over', ['08 10:00', '08 17:00'], [3 * HOUR, 4 * HOUR]), ended_by: null };
// Wednesday 15:00 to 17:00 is down, Thursday 9:00 to 12:00 is carried down.
export const SINCE = outage('since', ['08 15:00', null], [2 * HOUR, 3 * HOUR]);
// 7 hours on the first day, 3 on the last, and the 14 days between. Three hours after each poll are down.
export const LONG: OutageBody = {
  ...outage('long', ['20 10:00', '07 12:00'], [6 * HOUR, (7 + 3 + 14 * 8 - 6) * HOUR], ['20 10:00', '07 12:00']),
  start: '2023-02-20T10:00:00.000Z',
  started_by: { polled_at: '2023-02-20T10:00:00.000Z', status: 'inactive' },
};

/** All stores as of Thursday 12:00, newest first. Of two that begin together, the store added first comes first. */
export const OUTAGES: readonly OutageBody[] = [SINCE, OVER, SPLIT_TUESDAY, NIGHT, SPLIT_MONDAY, LONG];
