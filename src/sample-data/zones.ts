import { IANAZone } from 'luxon';

const HOUR_MS = 3_600_000;

/**
 * The zones of the USA and Puerto Rico with their share of the stores in permille, roughly proportional to population.
 */
const USA: readonly (readonly [zone: string, permille: number])[] = [
  ['America/New_York', 415],
  ['America/Chicago', 265],
  ['America/Los_Angeles', 160],
  ['America/Denver', 52],
  ['America/Detroit', 28],
  ['America/Phoenix', 24],
  ['America/Indiana/Indianapolis', 20],
  ['America/Puerto_Rico', 10],
  ['America/Boise', 7],
  ['Pacific/Honolulu', 6],
  ['America/Kentucky/Louisville', 6],
  ['America/Anchorage', 4],
  ['America/Indiana/Tell_City', 3],
];

/**
 * One store each. They cover half-hour and quarter-hour offsets, other dates of clock changes, and a change at
 * midnight.
 */
const ELSEWHERE: readonly string[] = [
  'Asia/Beirut',
  'America/Edmonton',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Havana',
  'America/Santiago',
  'Europe/London',
];

/** The zone that the server assumes for a store without one. */
export const DEFAULT_ZONE = 'America/Chicago';

/** The zone of the store with the given rank out of `stores`. Each store has a different rank. */
export function zoneAt(rank: number, stores: number): string {
  const elsewhere = Math.min(ELSEWHERE.length, Math.floor(stores / 20));
  if (rank < elsewhere) return ELSEWHERE[rank];
  let permille = ((rank - elsewhere + 0.5) / (stores - elsewhere)) * 1000;
  for (const [zone, share] of USA) {
    permille -= share;
    if (permille < 0) return zone;
  }
  return DEFAULT_ZONE;
}

/** Whether only one store has this zone, so that it must stay in the file. */
export function isElsewhere(zone: string): boolean {
  return ELSEWHERE.includes(zone);
}

/** Minutes east of UTC at the start of each of `hours` hours from `firstHourMs`. */
export function hourlyOffsets(zone: string, firstHourMs: number, hours: number): Int16Array {
  const iana = IANAZone.create(zone);
  return Int16Array.from({ length: hours }, (_, hour) => iana.offset(firstHourMs + hour * HOUR_MS));
}
