/** The timeline of store A of the example, and helpers to build such a response. */

export interface TimelineBody {
  from: string;
  to: string;
  openings?: object[];
  statuses?: object[];
  hours?: object[];
  totals?: object;
  polls?: object[];
  next_page_token: string | null;
}

/** Instants of Monday 2023-01-23. */
export const on = (time: string): string => `2023-01-23T${time}:00.000Z`;
export const opening = (start: string, end: string): object => ({ start: on(start), end: on(end) });
export const status = (
  start: string,
  end: string,
  kind: string,
  said: string | null,
  polledAt: string | null,
): object => ({
  ...opening(start, end),
  kind,
  status: said,
  polled_at: polledAt && on(polledAt),
});
export const poll = (polledAt: string, said: string): object => ({ polled_at: on(polledAt), status: said });

/** In minutes. */
interface Minutes {
  open?: number;
  up?: number;
  down?: number;
  carriedUp?: number;
  carriedDown?: number;
  unknown?: number;
}
export const parts = ({
  open = 0,
  up = 0,
  down = 0,
  carriedUp = 0,
  carriedDown = 0,
  unknown = 0,
}: Minutes): object => ({
  open_ms: open * 60_000,
  up_ms: up * 60_000,
  down_ms: down * 60_000,
  carried_up_ms: carriedUp * 60_000,
  carried_down_ms: carriedDown * 60_000,
  unknown_ms: unknown * 60_000,
});
export const hour = (start: string, polls: number, minutes: Minutes): object => ({
  hour: on(start),
  ...parts(minutes),
  polls,
});
export const counted = (up: number, down: number, percent: number | null): object => ({
  uptime_ms: up * 60_000,
  downtime_ms: down * 60_000,
  uptime_percent: percent,
});

/**
 * Store A of the example: open 14:00 to 17:00 UTC; polls 13:47 inactive, 15:14 active, 16:15 inactive. As-of is 17:00.
 */
export const A = {
  store_id: 'A',
  timezone: 'America/New_York',
  from: '2023-01-16T17:00:00.000Z',
  to: on('17:00'),
  openings: [opening('14:00', '17:00')],
  statuses: [
    status('14:00', '15:14', 'carried', 'inactive', '13:47'),
    status('15:14', '16:15', 'observed', 'active', '15:14'),
    status('16:15', '17:00', 'observed', 'inactive', '16:15'),
  ],
  hours: [
    hour('13:00', 1, {}),
    hour('14:00', 0, { open: 60, carriedDown: 60 }),
    hour('15:00', 1, { open: 60, carriedDown: 14, up: 46 }),
    hour('16:00', 1, { open: 60, up: 15, down: 45 }),
  ],
  totals: {
    ...parts({ open: 180, up: 61, down: 45, carriedDown: 74 }),
    polls: 3,
    all: counted(61, 119, 33.89),
    // 61 of 106
    observed: counted(61, 45, 57.55),
  },
  polls: [poll('13:47', 'inactive'), poll('15:14', 'active'), poll('16:15', 'inactive')],
  next_page_token: null,
};
