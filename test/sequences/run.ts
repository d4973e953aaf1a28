import { expect } from '@jest/globals';
import type { Program } from '../program/program.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { openingsFor } from '../reference/openings.js';
import { referenceCsv } from '../reference/reference-csv.js';
import { indexStores, referenceReport, storeParts } from '../reference/reference.js';
import { milliseconds } from './figures.js';
import { compareLook } from './looks.js';
import {
  type AfterPoll,
  DAYS,
  type LookAt,
  type SpecialAt,
  type Step,
  VALID_FOR,
  type ValidFor,
  type WindowAt,
} from './steps.js';
import { type FactWriter, type Files, World } from './world.js';

const DAY_MS = 86_400_000;
/** The longest window of the list of all stores. */
const LONGEST_MS = 31 * DAY_MS;
const SOON_MS = 12_345;
const dateText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Applies each step to the program and to the world, its simple model. */
export class Run {
  readonly world = new World();
  private loaded: string[] = [];

  /**
   * @param programs one for each POLL_VALID_FOR, over one database
   * @param writer   writes the files that are loaded
   */
  constructor(
    private readonly programs: Readonly<Record<ValidFor, Program>>,
    private readonly base: number,
    private readonly prefix: string,
    private readonly writer: FactWriter,
  ) {}

  /** The program with the current POLL_VALID_FOR. */
  get program(): Program {
    return this.programs[this.validFor];
  }

  validFor: ValidFor = '3h';

  private readonly name = (store: number): string => `${this.prefix}-${store}`;
  private readonly date = (day: number): string => dateText(this.base + day * DAY_MS);

  async take(step: Step): Promise<void> {
    const { program, world, name, writer } = this;
    switch (step.do) {
      case 'ingest':
      case 'load': {
        const polls = step.polls.map(({ store, ms, active }) => ({ storeId: name(store), active, at: this.base + ms }));
        world.addPolls(polls);
        if (step.do === 'ingest') {
          await program.polls.ingest(polls.map(({ at, ...poll }) => ({ ...poll, polledAtMs: at })));
        } else {
          this.loaded.push(writer.polls(polls));
          program.setMaxHeadPolls(polls.length % 2 === 0 ? 0 : Infinity);
          for (const file of step.again ? this.loaded : this.loaded.slice(-1)) await this.load('store_status', file);
        }
        return;
      }
      case 'contradict': {
        // Adds the opposite status at the instant of an earlier poll.
        const poll = world.polls[step.which % world.polls.length];
        if (!poll) return;
        const opposite = { ...poll, active: !poll.active };
        world.addPolls([opposite]);
        await program.polls.ingest([{ storeId: poll.storeId, active: opposite.active, polledAtMs: poll.at }]);
        return;
      }
      case 'poll at an opening':
        return this.pollAtOpening(name(step.store), step.which);
      case 'week': {
        const storeId = name(step.store);
        if (step.asFile && step.rows.length > 0) {
          await this.load('business_hours', writer.hours(step.rows.map((row) => ({ storeId, ...row }))));
        } else {
          const rows = step.rows.map((r) => ({ dayOfWeek: r.dayOfWeek, startTimeLocal: r.start, endTimeLocal: r.end }));
          await program.timezones.setBusinessHours(storeId, rows);
        }
        world.setWeek(storeId, step.rows);
        return;
      }
      case 'zone': {
        // A zone can only be removed from a store that has one.
        const { zoned } = world;
        const storeId = step.zone === null ? zoned[step.store % zoned.length] : name(step.store);
        if (storeId === undefined) return;
        if (step.zone === null) {
          await program.timezones.removeTimezone(storeId);
        } else if (step.asFile) {
          await this.load('store_timezones', writer.zones([{ storeId, timezone: step.zone }]));
        } else {
          await program.timezones.setTimezone(storeId, step.zone);
        }
        world.setZone(storeId, step.zone);
        return;
      }
      case 'special':
        return this.setSpecial(step.days, step.asFile);
      case 'life': {
        const storeId = name(step.store);
        const life = {
          openedOn: step.opened === null ? null : this.date(step.opened),
          closedOn: step.closed === null ? null : this.date(step.closed),
        };
        await program.timezones.setLife(storeId, life.openedOn, life.closedOn);
        world.setLife(storeId, life);
        return;
      }
      case 'set POLL_VALID_FOR':
        this.validFor = step.to;
        world.pollValidForMs = VALID_FOR[step.to];
        return;
      case 'roll up':
        await program.rollups.bringUpToDate();
        return;
      case 'report': {
        const asOf = this.base + step.ms;
        const expected = referenceCsv(referenceReport(world.reference(), asOf), step.basis);
        expect(await program.report({ asOf: new Date(asOf).toISOString(), basis: step.basis })).toBe(expected);
        return;
      }
      case 'windows':
        return this.compareWindows(this.base + step.ms, step.windows, step.some);
    }
  }

  /** Adds an inactive poll in an opening, and an active one at the first instant of the next. */
  private async pollAtOpening(storeId: string, which: number): Promise<void> {
    const store = indexStores(this.world.reference()).get(storeId);
    const openings = store ? openingsFor(store, this.base, this.base + DAYS * DAY_MS) : [];
    if (openings.length < 2) return;
    const place = 1 + (which % (openings.length - 1));
    const { start, end } = openings[place - 1];
    const polls = [
      { storeId, active: false, at: Math.floor((start + end) / 2) },
      { storeId, active: true, at: openings[place].start },
    ];
    this.world.addPolls(polls);
    await this.program.polls.ingest(polls.map(({ at, ...poll }) => ({ ...poll, polledAtMs: at })));
  }

  /** Compares the current answers, rolled up or not. */
  async look({ at, size, store, asOf, aheadMs, from, isPolledBetween }: LookAt): Promise<void> {
    const { program, world } = this;
    const { polls } = world;
    const soonAfter = ({ poll, ms }: AfterPoll): number | undefined => {
      const found = polls.at(-1 - poll) ?? polls.at(-1);
      return found && found.at + ms;
    };
    const latest = polls.reduce((ms, poll) => Math.max(ms, poll.at), -Infinity);
    const to =
      asOf === null ? latest - aheadMs : typeof asOf === 'number' ? this.base + asOf : (soonAfter(asOf) ?? latest);
    if (to === -Infinity) return; // as of now, without a poll
    const start = typeof from === 'number' ? to - from : (soonAfter(from) ?? to);
    const storeId = this.name(store);
    const look = {
      at,
      size,
      storeId,
      from: Math.max(to - LONGEST_MS, Math.min(start, to)),
      asOf: to,
      isAsOfGiven: asOf !== null,
    };
    const clock = program.context.get(Clock);
    if (asOf === null && aheadMs > 0) clock.nowMs = () => to;
    try {
      await compareLook(program, world.reference(), look, async () => {
        if (!isPolledBetween) return;
        // Data after as-of changes nothing in a list that is being read.
        const poll = { storeId, active: true, at: Math.max(latest, to) + SOON_MS };
        world.addPolls([poll]);
        const { rejected } = await program.polls.ingest([{ storeId, active: true, polledAtMs: poll.at }]);
        expect(rejected).toEqual([]);
      });
    } finally {
      Reflect.deleteProperty(clock, 'nowMs');
    }
  }

  private async load(kind: keyof Files, file: string): Promise<void> {
    const { rejectedRows, status } = await this.program.load(kind, file);
    if (rejectedRows > 0 || status !== 'Complete')
      throw new Error(`${kind} is ${status}, ${rejectedRows} rejected: ${file}`);
  }

  private async setSpecial(special: readonly SpecialAt[], asFile: boolean): Promise<void> {
    const { program, world, name, writer } = this;
    for (const { store, date, rows } of special) {
      // Special hours can only be removed where there are some.
      const days = world.specialDays;
      const [storeId, text] = rows ? [name(store), this.date(date)] : (days[store % days.length] ?? []);
      if (storeId === undefined || text === undefined) continue;
      if (rows === null) {
        await program.timezones.removeSpecialHours(storeId, text);
      } else if (asFile) {
        const hours = rows.length === 0 ? [{ start: null, end: null }] : rows;
        await this.load('special_hours', writer.special(hours.map((row) => ({ storeId, date: text, ...row }))));
      } else {
        const hours = rows.map((r) => ({ startTimeLocal: r.start, endTimeLocal: r.end }));
        await program.timezones.setSpecialHours(storeId, text, hours);
      }
      world.setSpecial(storeId, text, rows);
    }
  }

  /** Compares the whole time range, several days at once, so that the reports cover all of it. */
  compareAll(): Promise<void> {
    const windows = Array.from({ length: 8 }, (_, i) => ({ backMs: i * 4 * DAY_MS, lengthMs: 4 * DAY_MS }));
    return this.compareWindows(this.base + (DAYS + 1) * DAY_MS, windows, false);
  }

  /** Compares every part of every window of every store, to the millisecond. */
  private async compareWindows(asOf: number, wanted: readonly WindowAt[], some: boolean): Promise<void> {
    const windows = wanted.map((window, i) => {
      if ('seconds' in window) return { name: `w${i}`, duration: `${window.seconds}s` };
      const to = asOf - window.backMs;
      return { name: `w${i}`, from: new Date(to - window.lengthMs).toISOString(), to: new Date(to).toISOString() };
    });
    const ends = windows.map((w) =>
      w.duration === undefined
        ? [Date.parse(w.from), Date.parse(w.to)]
        : [asOf - Number.parseInt(w.duration, 10) * 1000, asOf],
    );
    const known = indexStores(this.world.reference());
    const stores = [...known.keys()].sort().slice(0, some ? 2 : known.size);
    const options = { asOf: new Date(asOf).toISOString(), windows, format: 'ndjson' };
    if (stores.length === 0) return;
    const text = await this.program.report(some ? { ...options, stores } : options);
    const expected = stores.map((storeId) => ({
      store_id: storeId,
      windows: Object.fromEntries(
        ends.map(([from, to], i) => [
          `w${i}`,
          {
            ...milliseconds(storeParts(known.get(storeId)!, from, to)),
            polls: known.get(storeId)!.polls.filter(({ at }) => at >= from && at < to).length,
          },
        ]),
      ),
    }));
    const lines = text.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject(expected);
    expect(lines).toHaveLength(expected.length);
  }
}
