import { IANAZone } from 'luxon';
import { quoteValue } from '../errors.js';
import { DAY_MS } from '../instant/instant.js';
import type { LocalDate } from './local-date.js';
import { TZ_NAMES, WINDOWS_ZONES } from './tz-names.js';

/**
 * Local times are carried as "local milliseconds": what the wall clock shows, read as if it were UTC
 * (`Date.UTC(2023, 0, 22, 9)` is nine in the morning of that date, wherever the store is).
 */
export class Zone {
  private readonly iana: IANAZone;
  /** Every store of a zone asks for the same few openings: a week of real calendars needs 3,600 conversions, not 250,000. */
  private readonly utcByLocal = new Map<number, number>();
  private readonly isSkippedByDate = new Map<LocalDate, boolean>();

  private constructor(readonly name: string) {
    this.iana = IANAZone.create(name);
  }

  private static readonly byName = new Map<string, Zone>();

  /**
   * @param name as `readZoneName` gives it; also names that the runtime knows and the tz database does not, such as `BST`:
   *   they were accepted once, and a database may hold them
   * @throws RangeError when the runtime does not know `name`
   */
  static get(name: string): Zone {
    let zone = Zone.byName.get(name);
    if (!zone) {
      if (!isUsable(name)) throw new RangeError(`unknown time zone ${name}`);
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

  /** Whether the zone never had this date: Pacific/Apia moved to the other side of the date line and left out 2011-12-30. */
  skips(date: LocalDate): boolean {
    let isSkipped = this.isSkippedByDate.get(date);
    if (isSkipped === undefined) {
      if (this.isSkippedByDate.size >= MEMO_LIMIT) this.isSkippedByDate.clear();
      // A midnight alone may be skipped as well (America/Havana), but then the clock shows 01:00 of the same date.
      const firstUtcMs = this.toUtcMs(date * DAY_MS);
      isSkipped = Math.floor(this.toLocalMs(firstUtcMs) / DAY_MS) !== date;
      this.isSkippedByDate.set(date, isSkipped);
    }
    return isSkipped;
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

/** Names found usable: asking costs a formatter of some 40 kB, and a file asks for the same few zones for every store. */
const usableNames = new Set<string>();

/** Whether the runtime can compute with a zone of that name, in any spelling: it knows names that the tz database has not. */
function isUsable(name: string): boolean {
  if (usableNames.has(name)) return true;
  const usable = /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
  if (usable) usableNames.add(name);
  return usable;
}

interface TzName {
  /** As the tz database spells it. */
  readonly name: string;
  /** The zone that it is a link to, or itself. */
  readonly zone: string;
}

/** By their lower-case names. Whether the runtime has them is asked when they are used. */
const known = new Map<string, TzName>(
  TZ_NAMES.trim()
    .split('\n')
    .flatMap((line) => {
      const names = line.split(' ');
      return names.map((name): [string, TzName] => [name.toLowerCase(), { name, zone: names[0] }]);
    }),
);

let usableTzNames: readonly string[] | undefined;

/** Every name of the tz database, links included, in its spelling, that the runtime can compute with; sorted. */
export function tzNames(): readonly string[] {
  // Some 200 names are not in the runtime's own list: asking it for each of them takes a tenth of a second, once.
  for (const name of usableTzNames ? [] : Intl.supportedValuesOf('timeZone')) usableNames.add(name);
  return (usableTzNames ??= [...known.values()]
    .map(({ name }) => name)
    .filter(isUsable)
    .toSorted());
}

/**
 * The one name of a zone, equal for all names of that zone, as the tz database spells it: `Asia/Kolkata` for `Asia/Calcutta`.
 * What the runtime computes alike is one zone; a link of the tz database that it keeps apart (Europe/Stockholm, which had other
 * clocks than Europe/Berlin before 1970) is a zone of its own.
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

/** By their lower-case names. */
const windowsZones = new Map(
  WINDOWS_ZONES.trim()
    .split('\n')
    .map((line) => line.split('='))
    .map(([name, zone]): [string, string] => [name.toLowerCase(), zone]),
);

/** What is meant by abbreviations and nicknames that people write; several where one has several meanings. */
const MEANT: Readonly<Record<string, string>> = {
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

/** Longer than any name; text of megabytes is not put into lower case. */
const MAX_NAME_LENGTH = 100;

/**
 * Reads the name of a zone, whatever its case, blanks around it ignored: a name of the tz database, links included, or one of
 * Windows' (`Central Standard Time`), which CLDR translates.
 * @returns the name in the tz database's spelling, or what is wrong with it, in words that follow a field's name
 */
export function readZoneName(value: unknown): { readonly value: string } | { readonly problem: string } {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  const text = trimmed.length > MAX_NAME_LENGTH ? '' : trimmed;
  const lowerCase = text.toLowerCase();
  const windows = windowsZones.get(lowerCase);
  const name = known.get(lowerCase)?.name ?? (windows === undefined ? undefined : canonicalZone(windows));
  if (name !== undefined && isUsable(name)) return { value: name };
  const quoted = quoteValue(value);
  if (name !== undefined)
    return { problem: `${quoted} is a zone that this version of the tz database does not have yet` };
  const meant = MEANT[text.toUpperCase()];
  if (meant) return { problem: `${quoted} is an abbreviation, not a name of the tz database; write ${meant}` };
  if (/^(?:utc|gmt)?[+-]\d/i.test(text)) {
    return { problem: `${quoted} is an offset, which no summer changes; write a zone such as America/New_York` };
  }
  return { problem: `${quoted} is not a zone of the tz database; write one such as America/New_York` };
}
