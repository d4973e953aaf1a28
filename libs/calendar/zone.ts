import { IANAZone } from 'luxon';
import { DAY_MS } from '../instant/instant.js';

/**
 * Local times are carried as "local milliseconds": what the wall clock shows, read as if it were UTC
 * (`Date.UTC(2023, 0, 22, 9)` is nine in the morning of that date, wherever the store is).
 */
export class Zone {
  private readonly iana: IANAZone;
  /** Every store of a zone asks for the same few openings: a week of real calendars needs 3,600 conversions, not 250,000. */
  private readonly utcByLocal = new Map<number, number>();

  private constructor(readonly name: string) {
    this.iana = IANAZone.create(name);
  }

  private static readonly byName = new Map<string, Zone>();

  /** @throws RangeError when the runtime's tz database does not know `name`: check with `isZoneName` first. */
  static get(name: string): Zone {
    let zone = Zone.byName.get(name);
    if (!zone) {
      if (!isZoneName(name)) throw new RangeError(`unknown time zone ${name}`);
      zone = new Zone(name);
      Zone.byName.set(name, zone);
    }
    return zone;
  }

  /** Local minus UTC at an instant, in ms. */
  offsetMs(utcMs: number): number {
    return Math.round(this.iana.offset(utcMs) * 60_000); // Luxon answers in minutes, with a fraction for old local mean times
  }

  toLocalMs(utcMs: number): number {
    return utcMs + this.offsetMs(utcMs);
  }

  /**
   * The instant at which the wall clock shows `localMs`. RFC 5545, section 3.3.5 (Temporal's `compatible`): a time that
   * occurs twice means its first occurrence; one that is skipped is read with the offset in force before the gap.
   * Luxon gives the offsets only: which of two it picks for an ambiguous time is not promised.
   */
  toUtcMs(localMs: number): number {
    const known = this.utcByLocal.get(localMs);
    if (known !== undefined) return known;
    if (this.utcByLocal.size >= MEMO_LIMIT) this.utcByLocal.clear();
    const utcMs = this.resolve(localMs);
    this.utcByLocal.set(localMs, utcMs);
    return utcMs;
  }

  private resolve(localMs: number): number {
    // No offset is as large as a day, so these two instants lie before and after every reading of localMs.
    const offsetBefore = this.offsetMs(localMs - DAY_MS);
    const offsetAfter = this.offsetMs(localMs + DAY_MS);
    const first = Math.min(localMs - offsetBefore, localMs - offsetAfter);
    const second = Math.max(localMs - offsetBefore, localMs - offsetAfter);
    if (this.toLocalMs(first) === localMs) return first;
    if (this.toLocalMs(second) === localMs) return second;
    return localMs - offsetBefore;
  }
}

/** Bounds the memory of a process that lives for years: 50,000 local times are some three years of one zone's openings. */
const MEMO_LIMIT = 50_000;

/** Names found valid: asking costs a formatter of some 40 kB, and a file asks for the same few zones for every store. */
const validNames = new Set<string>();

/** Whether `name` is a zone (or link) of the runtime's tz database. Bare offsets such as `+05:30` are not names. */
export function isZoneName(name: string): boolean {
  if (validNames.has(name)) return true;
  const isValid = /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
  if (isValid) validNames.add(name);
  return isValid;
}
