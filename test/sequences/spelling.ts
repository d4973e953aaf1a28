import { Random } from '../../src/sample-data/random.js';
import type {
  ReferenceHours,
  ReferenceLife,
  ReferencePoll,
  ReferenceSpecialHours,
  ReferenceZone,
} from '../reference/facts.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The zones of sequences with their other names: links of the tz database and the Windows name. */
const ZONE_NAMES: Readonly<Record<string, { readonly links: readonly string[]; readonly windows: string }>> = {
  'America/Chicago': { links: ['US/Central'], windows: 'Central Standard Time' },
  'America/Havana': { links: ['Cuba'], windows: 'Cuba Standard Time' },
  'Australia/Lord_Howe': { links: ['Australia/LHI'], windows: 'Lord Howe Standard Time' },
  'Asia/Kathmandu': { links: ['Asia/Katmandu'], windows: 'Nepal Standard Time' },
  'Europe/London': { links: ['GB', 'Europe/Belfast'], windows: 'GMT Standard Time' },
};
export const ZONES = Object.keys(ZONE_NAMES);

/** Whether a zone may be shown under that name. */
export const isNameOf = (zone: string, name: string): boolean => [zone, ...ZONE_NAMES[zone].links].includes(name);

const DAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** The suffix of a timestamp, with the ms by which the written time is ahead of UTC. */
const OFFSETS: readonly (readonly [suffix: string, ms: number])[] = [
  ['', 0],
  ['Z', 0],
  ['utc', 0],
  [' GMT', 0],
  ['+00', 0],
  [' +05:30', 5.5 * HOUR_MS],
  ['-0345', -3.75 * HOUR_MS],
];
const two = (number: number): string => String(number).padStart(2, '0');

/**
 * Writes facts into files in every format that files may have. The same fact is written differently each time, at
 * random.
 */
export class Spelling {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  polls(polls: readonly ReferencePoll[]): string {
    const rows = polls.map(({ storeId, active, at }) => [
      storeId,
      this.inAnyCase(active ? 'active' : 'inactive'),
      this.timestamp(at),
    ]);
    return this.file([['store_id'], ['status'], ['timestamp_utc']], rows);
  }

  /** Whole weeks. */
  hours(hours: readonly ReferenceHours[]): string {
    const rows = hours.map(({ storeId, dayOfWeek, start, end }) => [
      storeId,
      this.day(dayOfWeek),
      ...this.times(start, end),
    ]);
    // A row for a closed day adds nothing to a week.
    const more = hours
      .filter(() => this.random.chance(10))
      .map(({ storeId }) => [storeId, this.day(this.random.below(7)), ...this.times('Closed', 'Closed')]);
    const names = [['store_id'], ['dayOfWeek', 'day', 'day_of_week'], ['start_time_local'], ['end_time_local']];
    return this.file(names, [...rows, ...more]);
  }

  special(days: readonly ReferenceSpecialHours[]): string {
    const rows = days.map(({ storeId, date, start, end }) => [
      storeId,
      date,
      ...this.times(start ?? 'Closed', end ?? 'Closed'),
    ]);
    return this.file([['store_id'], ['date'], ['start_time_local'], ['end_time_local']], rows);
  }

  zones(zones: readonly ReferenceZone[]): string {
    const rows = zones.map(({ storeId, timezone }) => [storeId, this.zone(timezone)]);
    return this.file([['store_id'], ['timezone_str', 'timezone']], rows);
  }

  lives(lives: readonly ReferenceLife[]): string {
    const rows = lives.map(({ storeId, openedOn, closedOn }) => [storeId, openedOn ?? '', closedOn ?? '']);
    return this.file([['store_id'], ['opened_on'], ['closed_on']], rows);
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)];
  }

  private inAnyCase(text: string): string {
    return this.pick([text, text, text.toLowerCase(), text.toUpperCase()]);
  }

  /** @param columns the names of each column, of which a file has one */
  private file(columns: readonly (readonly string[])[], rows: readonly (readonly string[])[]): string {
    const delimiter = this.pick([',', ',', ';', '\t']);
    const end = this.pick(['\n', '\n', '\r\n', '\r\r\n', '\r']);
    const first = this.random.below(columns.length);
    const places = columns.map((_, place) => (first + place) % columns.length);
    const header = columns.map((names) => this.inAnyCase(this.pick(names)));
    const lineOf = (cells: readonly string[]): string =>
      places.map((place) => this.cell(cells[place])).join(delimiter) + (this.random.chance(5) ? delimiter : '');
    const head = `${this.random.chance(20) ? '\ufeff' : ''}${this.random.chance(10) ? `sep=${delimiter}${end}` : ''}`;
    const named = places.map((place) => this.cell(header[place])).join(delimiter);
    const lines = [named, ...rows.map(lineOf)];
    return head + lines.join(end) + this.pick(['', end, end + end]);
  }

  /** Blanks around the content of a cell are ignored. */
  private cell(text: string): string {
    const padded = this.random.chance(10) ? ` ${text}\u00a0` : text;
    return this.random.chance(10) ? `"${padded}"` : padded;
  }

  /** Half of them in the usual poller format, which has its own fast parser. */
  private timestamp(at: number): string {
    const [suffix, aheadMs] = this.random.chance(50) ? [' UTC', 0] : this.pick(OFFSETS);
    const [date, time] = new Date(at + aheadMs).toISOString().slice(0, -1).split('T');
    const separator = suffix === ' UTC' ? ' ' : this.pick([' ', 'T', 't']);
    return date + separator + this.pick([time, `${time}999`, shortened(time)]) + suffix;
  }

  private day(dayOfWeek: number): string {
    const name = DAY_NAMES[dayOfWeek];
    return this.pick([String(dayOfWeek), `${dayOfWeek}.0`, this.inAnyCase(name), this.inAnyCase(name.slice(0, 3))]);
  }

  private zone(name: string): string {
    const { links, windows } = ZONE_NAMES[name];
    return this.inAnyCase(this.pick([name, name, ...links, windows]));
  }

  /** `HH:MM:SS`, or `Closed` for both. */
  private times(start: string, end: string): [start: string, end: string] {
    if (start === 'Closed')
      return this.pick([
        ['', ''],
        [this.inAnyCase('Closed'), ''],
        ['closed', 'Closed'],
      ]);
    const [startMs, endMs] = [start, end].map(msOf);
    // the same end, counted from the midnight before the start
    const isLater = endMs <= startMs && endMs <= 6 * HOUR_MS && this.random.chance(50);
    return [this.time(startMs), this.time(isLater ? endMs + 24 * HOUR_MS : endMs)];
  }

  private time(ms: number): string {
    const [hour, minute, second] = [Math.floor(ms / HOUR_MS), (ms / MINUTE_MS) % 60, (ms / 1_000) % 60].map(Math.floor);
    const rest = `:${two(minute)}${second === 0 && this.random.chance(60) ? '' : `:${two(second)}`}`;
    if (hour < 24 && this.random.chance(30)) {
      const half = this.pick([' ', '']) + this.inAnyCase(hour < 12 ? 'AM' : 'PM');
      return `${hour % 12 === 0 ? 12 : hour % 12}${rest}${half}`;
    }
    return `${this.pick([two(hour), String(hour)])}${rest}`;
  }
}

/** `HH:MM:SS.mmm` without trailing zeros in its fraction, and without zero seconds. */
const shortened = (time: string): string => time.replace(/(?::00)?\.000$/, '').replace(/(\.\d*?)0+$/, '$1');

function msOf(time: string): number {
  const [hour, minute, second] = time.split(':').map(Number);
  return hour * HOUR_MS + minute * MINUTE_MS + second * 1_000;
}
