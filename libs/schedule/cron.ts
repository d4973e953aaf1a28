import { CronExpressionParser } from 'cron-parser';
import { type LocalDate, dayOfWeek } from '../calendar/local-date.js';
import { Zone } from '../calendar/zone.js';
import { invalidArgument, quoteValue } from '../errors.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../instant/instant.js';

/** The five fields of crontab(5) and their valid values. */
const FIELDS = [
  { name: 'minute', values: '0 to 59' },
  { name: 'hour', values: '0 to 23' },
  { name: 'day of the month', values: '1 to 31' },
  { name: 'month', values: '1 to 12, or jan to dec' },
  { name: 'day of the week', values: '0 to 7 (0 and 7 are Sunday), or sun to sat' },
] as const;

/** The short forms of crontab(5) and the fields that each stands for. */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const MAX_LENGTH = 200;
/**
 * The syntax of crontab(5). cron-parser also accepts `L`, `#` and `H`, and `H` gives a different time on each parse.
 */
const CRONTAB_ITEM = /^(?:\*|\d+|[a-z]{3})(?:-(?:\d+|[a-z]{3}))?(?:\/\d+)?$/i;
/**
 * The rarest valid date, a fifth Monday in February, occurs every 28 years, and every 40 around a year such as 2100.
 */
const SEARCHED_DAYS = 41 * 366;

interface Fields {
  readonly text: string;
  /** Local times of day, ms since midnight. */
  readonly timesMs: readonly number[];
  readonly isEveryHour: boolean;
  readonly isDay: (date: LocalDate) => boolean;
}

/**
 * A cron expression on the wall clock of a timezone.
 *
 * Local times become instants by RFC 5545, section 3.3.5. A time that a clock change skips is due later by the length
 * of the jump (02:30 at 03:30). A time that occurs twice is due the first time. So each time of day is due exactly once
 * on each of its days. Only an expression whose hour is `*` follows elapsed hours, and is due in both occurrences of a
 * repeated hour.
 *
 * cron-parser only parses the fields. It does not compute the instants: its `prev()` omits a skipped time, doubles a
 * repeated one, and fails in zones with half-hour changes.
 */
export class Cron {
  private constructor(
    private readonly zone: Zone,
    private readonly fields: Fields,
  ) {}

  /** @param zone an existing IANA name. @throws DomainError invalid_argument, naming the field of the expression */
  static parse(text: unknown, zone: string): Cron {
    const cron = new Cron(Zone.get(zone), readFields(text));
    if (cron.nextAfter(0) === undefined) throw neverDue(text);
    return cron;
  }

  /** The five fields of the expression, separated by spaces. A short form is expanded. */
  get text(): string {
    return this.fields.text;
  }

  /** Whether it is due exactly once on each of its days. */
  get isOnceADay(): boolean {
    return this.fields.timesMs.length === 1;
  }

  /** The first due instant after `ms`, epoch ms; undefined if there is none for decades. */
  nextAfter(ms: number): number | undefined {
    const today = this.dateOf(ms);
    // Start a day early: a skipped time late that day is due after midnight.
    for (let date = today - 1; date <= today + SEARCHED_DAYS; date++) {
      const due = this.dueOn(date).find((dueMs) => dueMs > ms);
      if (due !== undefined) return due;
    }
    return undefined;
  }

  /** The newest due instants in `(afterMs, untilMs]`, at most `max`, oldest first. */
  newest(afterMs: number, untilMs: number, max: number): number[] {
    const due = new Set<number>();
    const first = this.dateOf(afterMs) - 1;
    let spareDays = 1; // see nextAfter
    for (let date = this.dateOf(untilMs) + 1; date >= first; date--) {
      for (const dueMs of this.dueOn(date)) if (dueMs > afterMs && dueMs <= untilMs) due.add(dueMs);
      if (due.size >= max && spareDays-- === 0) break;
    }
    return [...due].sort((a, b) => a - b).slice(-max);
  }

  private dateOf(ms: number): LocalDate {
    return Math.floor(this.zone.toLocalMs(ms) / DAY_MS);
  }

  /** The due instants of a local date, ascending. */
  private dueOn(date: LocalDate): number[] {
    const { timesMs, isEveryHour, isDay } = this.fields;
    if (!isDay(date)) return [];
    const due = timesMs.flatMap((timeMs) => {
      const localMs = date * DAY_MS + timeMs;
      const first = this.zone.toUtcMs(localMs);
      const again = localMs - this.zone.offsetMs(localMs + DAY_MS);
      const isTwice = again > first && this.zone.toLocalMs(again) === localMs && this.zone.toLocalMs(first) === localMs;
      return isEveryHour && isTwice ? [first, again] : [first];
    });
    return [...new Set(due)].sort((a, b) => a - b);
  }
}

function readFields(text: unknown): Fields {
  const given = typeof text === 'string' && text.length <= MAX_LENGTH ? text.trim() : '';
  const items = (given.startsWith('@') ? fieldsOf(given) : given).split(/\s+/);
  if (items.length !== FIELDS.length) {
    const names = FIELDS.map(({ name }) => name).join(', ');
    throw invalidArgument(
      'cron',
      `cron must have the five fields of crontab(5) (${names}), got ${quoteValue(text)}; write "0 2 * * *" for 02:00 every day, or @daily for midnight.`,
    );
  }
  items.forEach((item, i) => {
    const alone = FIELDS.map((_, other) => (other === i ? item : '*')).join(' ');
    if (item.split(',').every((part) => CRONTAB_ITEM.test(part)) && parsed(alone)) return;
    const { name, values } = FIELDS[i];
    throw invalidArgument(
      'cron',
      `cron: ${quoteValue(item)} is not a valid ${name}; write *, ${values}, a range 1-5, a list 1,3 or a step */2, each value once.`,
    );
  });
  const all = parsed(items.join(' '));
  if (!all) throw neverDue(text);
  const [minutes, hours, days, months, weekdays] = [all.minute, all.hour, all.dayOfMonth, all.month, all.dayOfWeek].map(
    ({ values }) => new Set(values.map((value) => Number(value))),
  );
  // crontab(5): if one of the two day fields starts with *, both must match. If neither does, one match is enough.
  const isEitherDay = !items[2].startsWith('*') && !items[4].startsWith('*');
  return {
    text: items.join(' '),
    timesMs: [...hours].flatMap((hour) => [...minutes].map((minute) => hour * HOUR_MS + minute * MINUTE_MS)),
    isEveryHour: hours.size === 24,
    isDay: (date) => {
      const utc = new Date(date * DAY_MS);
      if (!months.has(utc.getUTCMonth() + 1)) return false;
      const isDayOfMonth = days.has(utc.getUTCDate());
      const isWeekday = weekdays.has((dayOfWeek(date) + 1) % 7); // Sunday is 0 here
      return isEitherDay ? isDayOfMonth || isWeekday : isDayOfMonth && isWeekday;
    },
  };
}

/** @throws DomainError invalid_argument */
function fieldsOf(nickname: string): string {
  const fields = NICKNAMES[nickname.toLowerCase()];
  if (fields !== undefined) return fields;
  const problem =
    nickname.toLowerCase() === '@reboot'
      ? 'means system startup, not a time, and is not supported'
      : 'is not a short form of crontab(5)';
  const known = Object.keys(NICKNAMES).join(', ');
  throw invalidArgument('cron', `cron: ${quoteValue(nickname)} ${problem}; write ${known} or five fields.`);
}

function parsed(text: string): ReturnType<typeof CronExpressionParser.parse>['fields'] | undefined {
  try {
    return CronExpressionParser.parse(text).fields;
  } catch {
    return undefined;
  }
}

const neverDue = (text: unknown): Error =>
  invalidArgument(
    'cron',
    `cron: ${quoteValue(text)} is never due: no month in the fourth field has a day of the month in the third field.`,
  );
