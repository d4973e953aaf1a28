import { type Chunk } from './chunked-file.js';
import { hash, mix, scaled } from './random.js';
import { type StoreProfile } from './store-profile.js';
import { WEEK_MINUTES, within } from './weekly-hours.js';
import { hourlyOffsets } from './zones.js';

const HOUR_MS = 3_600_000;
const HOUR_MINUTES = 60;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY_MINUTES = 3 * 24 * 60;

/** The clock hours that contain the polls of `[startMs, endMs)`. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
  readonly firstHourMs: number;
  readonly hours: number;
}

export function periodOf(endMs: number, days: number): Period {
  const startMs = endMs - days * 24 * HOUR_MS;
  const firstHourMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
  return { startMs, endMs, firstHourMs, hours: Math.ceil((endMs - firstHourMs) / HOUR_MS) };
}

/** Generates any poll by its store and hour, in any order. All randomness is a hash of the two. */
export class Polls {
  /** `2023-01-22 12:` of each hour. */
  private readonly hourTexts: string[];
  private readonly offsets: Int16Array[];

  constructor(
    private readonly profiles: readonly StoreProfile[],
    private readonly period: Period,
  ) {
    const { firstHourMs, hours } = period;
    this.hourTexts = Array.from({ length: hours }, (_, hour) =>
      new Date(firstHourMs + hour * HOUR_MS).toISOString().slice(0, 14).replace('T', ' '),
    );
    const byZone = new Map<string, Int16Array>();
    this.offsets = profiles.map(({ zone }) => {
      const known = byZone.get(zone) ?? hourlyOffsets(zone, firstHourMs, hours);
      byZone.set(zone, known);
      return known;
    });
  }

  /**
   * Appends the line of a store's poll in an hour. Returns false if there is none. `contradicting` gives the same
   * instant with the opposite status; a store that is never active has no such poll.
   */
  addTo(chunk: Chunk, store: number, hour: number, contradicting = false): boolean {
    const profile = this.profiles[store];
    if (hour >= profile.polledHours || (contradicting && profile.neverActive)) return false;
    const chance = hash(profile.key, hour);
    if (scaled(chance, 1000) < profile.missingPermille) return false;

    const instant = mix(chance + 1);
    const second = secondOfHour(instant);
    const micros = microseconds(mix(instant + 1));
    const ms = this.period.firstHourMs + hour * HOUR_MS + second * 1000 + micros / 1000;
    if (ms < this.period.startMs || ms >= this.period.endMs) return false;

    const active = this.isActive(store, hour, Math.floor(second / 60), mix(chance + 2)) !== contradicting;
    chunk.add(profile.id);
    chunk.add(active ? ',active,' : ',inactive,');
    chunk.add(this.hourTexts[hour]);
    chunk.add(MINUTE_AND_SECOND[second]);
    addFraction(chunk, micros);
    chunk.add(' UTC\n');
    return true;
  }

  private isActive(store: number, hour: number, minuteOfHour: number, draw: number): boolean {
    const profile = this.profiles[store];
    if (profile.neverActive) return false;
    const minute = hour * HOUR_MINUTES + minuteOfHour;
    const local = this.period.firstHourMs / 60_000 + minute + this.offsets[store][hour];
    if (!within(profile.open, (local + EPOCH_WEEKDAY_MINUTES) % WEEK_MINUTES)) return draw % 10 === 0;
    return !within(profile.outages, minute);
  }
}

/** Seven of eight polls are in the first twelve minutes, the others at any time of the hour. */
function secondOfHour(draw: number): number {
  const range = draw % 8 === 0 ? 3600 : 720;
  return scaled(draw, range);
}

/** Any microsecond, but one poll in a thousand is on a whole second and two have only milliseconds. */
function microseconds(draw: number): number {
  const precision = draw % 1000;
  if (precision === 0) return 0;
  const micros = scaled(draw, 1_000_000);
  return precision <= 2 ? micros - (micros % 1000) : micros;
}

/** `09:39` of each second of an hour. */
export const MINUTE_AND_SECOND = Array.from({ length: 3600 }, (_, second) =>
  new Date(second * 1000).toISOString().slice(14, 19),
);

const THREE_DIGITS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));
const TRIMMED = THREE_DIGITS.map((digits) => digits.replace(/0+$/, ''));

/** The decimal point and up to six digits without trailing zeros; nothing for a whole second. */
function addFraction(chunk: Chunk, micros: number): void {
  if (micros === 0) return;
  const low = micros % 1000;
  const high = (micros - low) / 1000;
  chunk.add('.');
  chunk.add(low === 0 ? TRIMMED[high] : THREE_DIGITS[high]);
  chunk.add(TRIMMED[low]);
}
