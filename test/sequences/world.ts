import type {
  ReferenceHours,
  ReferenceInput,
  ReferenceLife,
  ReferencePoll,
  ReferenceSpecialHours,
  ReferenceZone,
} from '../reference/facts.js';

export interface LocalRow {
  readonly start: string;
  readonly end: string;
}
export interface WeekRow extends LocalRow {
  readonly dayOfWeek: number;
}
export interface Life {
  readonly openedOn: string | null;
  readonly closedOn: string | null;
}

/** The text of each kind of file. */
export type Files = Record<
  'store_timezones' | 'business_hours' | 'special_hours' | 'store_life' | 'store_status',
  string
>;

/** Writes facts as files. */
export interface FactWriter {
  polls(polls: readonly ReferencePoll[]): string;
  hours(hours: readonly ReferenceHours[]): string;
  special(days: readonly ReferenceSpecialHours[]): string;
  zones(zones: readonly ReferenceZone[]): string;
  lives(lives: readonly ReferenceLife[]): string;
}

/** The facts after a sequence of changes, stored in the simplest way. The program is compared with them. */
export class World {
  readonly polls: ReferencePoll[] = [];
  pollValidForMs = 10_800_000;
  private readonly weeks = new Map<string, readonly WeekRow[]>();
  private readonly zones = new Map<string, string>();
  private readonly special = new Map<string, Map<string, readonly LocalRow[]>>();
  private readonly lives = new Map<string, Life>();
  /** Every store named so far. */
  readonly named = new Set<string>();

  addPolls(polls: readonly ReferencePoll[]): void {
    for (const poll of polls) this.named.add(poll.storeId);
    this.polls.push(...polls);
  }

  setWeek(storeId: string, week: readonly WeekRow[]): void {
    this.named.add(storeId);
    this.weeks.set(storeId, week);
  }

  setZone(storeId: string, zone: string | null): void {
    this.named.add(storeId);
    if (zone === null) this.zones.delete(storeId);
    else this.zones.set(storeId, zone);
  }

  /** @param rows empty: closed; null: the weekly hours again */
  setSpecial(storeId: string, date: string, rows: readonly LocalRow[] | null): void {
    this.named.add(storeId);
    const days = this.special.get(storeId) ?? new Map<string, readonly LocalRow[]>();
    if (rows === null) days.delete(date);
    else days.set(date, rows);
    this.special.set(storeId, days);
  }

  /** Stores that have a zone. */
  get zoned(): string[] {
    return [...this.zones.keys()];
  }

  /** Dates that have special hours, each with its store. */
  get specialDays(): [storeId: string, date: string][] {
    return [...this.special].flatMap(([storeId, days]) =>
      [...days.keys()].map((date): [string, string] => [storeId, date]),
    );
  }

  setLife(storeId: string, life: Life): void {
    this.named.add(storeId);
    this.lives.set(storeId, life);
  }

  reference(): ReferenceInput {
    const hours: ReferenceHours[] = [...this.weeks].flatMap(([storeId, week]) =>
      week.map((row) => ({ storeId, ...row })),
    );
    const special: ReferenceSpecialHours[] = [...this.special].flatMap(([storeId, days]) =>
      [...days].flatMap(([date, rows]): ReferenceSpecialHours[] =>
        rows.length === 0
          ? [{ storeId, date, start: null, end: null }]
          : rows.map(({ start, end }) => ({ storeId, date, start, end })),
      ),
    );
    // Every store gets a row, so that stores whose facts were all removed are known too.
    const lives = [...this.named].map((storeId) => ({
      storeId,
      ...(this.lives.get(storeId) ?? { openedOn: null, closedOn: null }),
    }));
    return {
      polls: this.polls,
      hours,
      zones: [...this.zones].map(([storeId, timezone]) => ({ storeId, timezone })),
      special,
      lives,
      pollValidForMs: this.pollValidForMs,
    };
  }

  /** The same facts as one load of files. */
  files(writer: FactWriter = PLAIN): Files {
    const { polls, hours, zones, special = [], lives = [] } = this.reference();
    return {
      store_timezones: writer.zones(zones),
      business_hours: writer.hours(hours),
      special_hours: writer.special(special),
      store_life: writer.lives(lives),
      store_status: writer.polls(polls),
    };
  }
}

const csv = (header: string, rows: readonly (readonly (string | number)[])[]): string =>
  [header, ...rows.map((row) => row.join(','))].map((line) => `${line}\n`).join('');

export const statusCsv = (polls: readonly ReferencePoll[]): string =>
  csv(
    'store_id,status,timestamp_utc',
    polls.map(({ storeId, active, at }) => [
      storeId,
      active ? 'active' : 'inactive',
      `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`,
    ]),
  );

const PLAIN: FactWriter = {
  polls: statusCsv,
  hours: (hours) =>
    csv(
      'store_id,dayOfWeek,start_time_local,end_time_local',
      hours.map((h) => [h.storeId, h.dayOfWeek, h.start, h.end]),
    ),
  special: (days) =>
    csv(
      'store_id,date,start_time_local,end_time_local',
      days.map((s) => [s.storeId, s.date, s.start ?? '', s.end ?? '']),
    ),
  zones: (zones) =>
    csv(
      'store_id,timezone_str',
      zones.map((z) => [z.storeId, z.timezone]),
    ),
  lives: (lives) =>
    csv(
      'store_id,opened_on,closed_on',
      lives.map((l) => [l.storeId, l.openedOn ?? '', l.closedOn ?? '']),
    ),
};
