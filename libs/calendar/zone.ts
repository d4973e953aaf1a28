import { IANAZone } from 'luxon';
import { quoteValue } from '../errors.js';
import { DAY_MS } from '../instant/instant.js';
import type { LocalDate } from './local-date.js';
import { TZ_NAMES, WINDOWS_ZONES } from './tz-names.js';

/**
 * A timezone. Local times are "local milliseconds": the wall clock time, encoded as if it were UTC. 09:00 on
 * 2023-01-22 is `Date.UTC(2023, 0, 22, 9)` in every zone.
 */
export class Zone {
  private readonly iana: IANAZone;
  /**
   * Cache: all stores of a zone need the same few conversions. A week of real calendars takes 3,600 instead of 250,000.
   */
  private readonly utcByLocal = new Map<number, number>();
  private readonly isSkippedByDate = new Map<LocalDate, boolean>();

  private constructor(readonly name: string) {
    this.iana = IANAZone.create(name);
  }

  private static readonly byName = new Map<string, Zone>();

  /**
   * @param name as `readZoneName` returns it. Also names that the runtime knows but the tz database does not, such as
   *   `BST`: earlier versions accepted them, so a database may contain them.
   * @throws RangeError if the runtime does not know `name`
   */
  static get(name: string): Zone {
    let zone = Zone.byName.get(name);
    if (!zone) {
      if (!isUsable(name)) throw new RangeError(`unknown timezone ${name}`);
      zone = new Zone(name);
      Zone.byName.set(name, zone);
    }
    return zone;
  }

  /** The zone's UTC offset at an instant: local minus UTC, in ms. */
  offsetMs(utcMs: number): number {
    return Math.round(this.iana.offset(utcMs) * 60_000); // Luxon returns minutes, fractional for historical local mean times
  }

  toLocalMs(utcMs: number): number {
    return utcMs + this.offsetMs(utcMs);
  }

  /**
   * The instant at which the wall clock shows `localMs`. RFC 5545, section 3.3.5 (Temporal's `compatible`): a time that
   * occurs twice means its first occurrence; a skipped time is read with the offset before the gap. Luxon is used only
   * for the offsets, because it does not specify which occurrence of an ambiguous time it picks.
   */
  toUtcMs(localMs: number): number {
    const known = this.utcByLocal.get(localMs);
    if (known !== undefined) return known;
    if (this.utcByLocal.size >= MEMO_LIMIT) this.utcByLocal.clear();
    const utcMs = this.resolve(localMs);
    this.utcByLocal.set(localMs, utcMs);
    return utcMs;
  }

  /** Whether the zone skipped this date: Pacific/Apia crossed the date line and skipped 2011-12-30. */
  skips(date: LocalDate): boolean {
    let isSkipped = this.isSkippedByDate.get(date);
    if (isSkipped === undefined) {
      if (this.isSkippedByDate.size >= MEMO_LIMIT) this.isSkippedByDate.clear();
      // A skipped midnight alone (America/Havana) does not count: the clock then shows 01:00 of the same date.
      const firstUtcMs = this.toUtcMs(date * DAY_MS);
      isSkipped = Math.floor(this.toLocalMs(firstUtcMs) / DAY_MS) !== date;
      this.isSkippedByDate.set(date, isSkipped);
    }
    return isSkipped;
  }

  private resolve(localMs: number): number {
    // Offsets are less than a day, so these two instants are before and after every possible result.
    const offsetBefore = this.offsetMs(localMs - DAY_MS);
    const offsetAfter = this.offsetMs(localMs + DAY_MS);
    const first = Math.min(localMs - offsetBefore, localMs - offsetAfter);
    const second = Math.max(localMs - offsetBefore, localMs - offsetAfter);
    if (this.toLocalMs(first) === localMs) return first;
    if (this.toLocalMs(second) === localMs) return second;
    return localMs - offsetBefore;
  }
}

/** Bounds the cache in long-running processes: 50,000 local times are about three years of one zone's openings. */
const MEMO_LIMIT = 50_000;

/**
 * Names known to be usable. A check creates a formatter of about 40 kB, and a file repeats the same few zones for each
 * store.
 */
const usableNames = new Set<string>();

/** Whether the runtime supports a zone name, in any case. It also knows names that the tz database does not have. */
function isUsable(name: string): boolean {
  if (usableNames.has(name)) return true;
  const usable = /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
  if (usable) usableNames.add(name);
  return usable;
}

interface TzName {
  /** The name as the tz database spells it. */
  readonly name: string;
  /** The zone that the name links to, or the name itself. */
  readonly zone: string;
}

/** Keyed by lower-case name. Names are checked against the runtime only when they are used. */
const known = new Map<string, TzName>(
  TZ_NAMES.trim()
    .split('\n')
    .flatMap((line) => {
      const names = line.split(' ');
      return names.map((name): [string, TzName] => [name.toLowerCase(), { name, zone: names[0] }]);
    }),
);

let usableTzNames: readonly string[] | undefined;

/** Every tz database name, including links, that the runtime supports; sorted. */
export function tzNames(): readonly string[] {
  // About 200 names are not in the runtime's own list. Checking those takes a tenth of a second, once.
  for (const name of usableTzNames ? [] : Intl.supportedValuesOf('timeZone')) usableNames.add(name);
  return (usableTzNames ??= [...known.values()]
    .map(({ name }) => name)
    .filter(isUsable)
    .toSorted());
}

/**
 * The canonical name of a zone, in the tz database's spelling: `Asia/Kolkata` for `Asia/Calcutta`. Names that the
 * runtime treats alike are one zone. A tz database link that the runtime keeps separate is its own zone:
 * Europe/Stockholm had other clocks than Europe/Berlin before 1970.
 * @param name a name that the runtime knows
 */
export function canonicalZone(name: string): string {
  const canonical = runtimeZone(name);
  const { zone = canonical } = known.get(canonical.toLowerCase()) ?? {};
  return zone !== canonical && isUsable(zone) && runtimeZone(zone) === canonical ? zone : canonical;
}

const runtimeZones = new Map<string, string>();

function runtimeZone(name: string): string {
  let zone = runtimeZones.get(name);
  if (zone === undefined) {
    zone = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    runtimeZones.set(name, zone);
  }
  return zone;
}

/** Keyed by lower-case name. */
const windowsZones = new Map(
  WINDOWS_ZONES.trim()
    .split('\n')
    .map((line) => line.split('='))
    .map(([name, zone]): [string, string] => [name.toLowerCase(), zone]),
);

/** Zones that common abbreviations and nicknames stand for, several if ambiguous. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  ACDT: 'Australia/Adelaide',
  ACST: 'Australia/Darwin or Australia/Adelaide',
  ADT: 'America/Halifax',
  AEDT: 'Australia/Sydney',
  AEST: 'Australia/Brisbane or Australia/Sydney',
  AKDT: 'America/Anchorage',
  AKST: 'America/Anchorage',
  ART: 'America/Argentina/Buenos_Aires',
  AST: 'America/Halifax or America/Puerto_Rico',
  AWST: 'Australia/Perth',
  BRT: 'America/Sao_Paulo',
  BST: 'Europe/London or Asia/Dhaka',
  CDT: 'America/Chicago',
  CEST: 'Europe/Berlin',
  CST: 'America/Chicago or Asia/Shanghai',
  CT: 'America/Chicago',
  EDT: 'America/New_York',
  EEST: 'Europe/Helsinki',
  ET: 'America/New_York',
  HKT: 'Asia/Hong_Kong',
  IST: 'Asia/Kolkata, Europe/Dublin or Asia/Jerusalem',
  JST: 'Asia/Tokyo',
  KST: 'Asia/Seoul',
  MDT: 'America/Denver',
  MSK: 'Europe/Moscow',
  MT: 'America/Denver',
  NDT: 'America/St_Johns',
  NST: 'America/St_Johns',
  NZDT: 'Pacific/Auckland',
  NZST: 'Pacific/Auckland',
  PDT: 'America/Los_Angeles',
  PHT: 'Asia/Manila',
  PST: 'America/Los_Angeles or Asia/Manila',
  PT: 'America/Los_Angeles',
  SAST: 'Africa/Johannesburg',
  SGT: 'Asia/Singapore',
  WEST: 'Europe/Lisbon',
  WIB: 'Asia/Jakarta',
};

/** Longer than any zone name. Avoids lower-casing megabytes of text. */
const MAX_NAME_LENGTH = 100;

/**
 * Parses a zone name, ignoring case and surrounding blanks: a tz database name, including links, or a Windows name
 * (`Central Standard Time`), which CLDR maps to a zone.
 * @returns the name in the tz database's spelling, or the problem, in words that follow a field's name
 */
export function readZoneName(value: unknown): { readonly value: string } | { readonly problem: string } {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  const text = trimmed.length > MAX_NAME_LENGTH ? '' : trimmed;
  const lowerCase = text.toLowerCase();
  const windows = windowsZones.get(lowerCase);
  const name = known.get(lowerCase)?.name ?? (windows === undefined ? undefined : canonicalZone(windows));
  if (name !== undefined && isUsable(name)) return { value: name };
  const quoted = quoteValue(value);
  if (name !== undefined) return { problem: `${quoted} is a zone that this server's tz database does not have yet` };
  const suggestion = ABBREVIATIONS[text.toUpperCase()];
  if (suggestion)
    return { problem: `${quoted} is an abbreviation, not a name of the tz database; write ${suggestion}` };
  if (/^(?:utc|gmt)?[+-]\d/i.test(text)) {
    return {
      problem: `${quoted} is a UTC offset, which does not follow daylight saving time; write a zone such as America/New_York`,
    };
  }
  return { problem: `${quoted} is not a zone of the tz database; write one such as America/New_York` };
}
