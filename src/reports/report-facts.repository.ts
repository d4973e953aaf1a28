import type { Pool, PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { DAY_MS, floorToHour, formatInstant } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { Window } from '#libs/uptime/windows.js';
import { readBinary } from '../database/binary-copy.js';
import { isDistributed } from '../database/distribution.js';
import { keptFrom } from '../database/kept.js';
import { inSnapshot } from '../database/transaction.js';
import type { PollsByKey } from '../rollups/gathered-polls.js';
import { onlyThese, readFromPolls, readFromRollups, rowsReadTo } from '../rollups/polls-with-carried.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import { ALL_STORES } from '../timezones/calendar-rows.js';
import type { TimezonesService } from '../timezones/timezones.service.js';
import { checkWindows } from './report-options.js';
import { RolledSums, type Segment, noSums, readSumsInto, segmentsOf } from './rolled-sums.js';

export interface ReportStore {
  readonly id: number;
  readonly storeId: string;
}

/** What the database says of stores at one moment, as far as a report needs it. Keys are database ids. */
export interface ReportFacts {
  /** In the order of the report. */
  readonly stores: readonly ReportStore[];
  /** For each window, the sums of its rollups. */
  readonly rolled: readonly RolledSums[];
  /** Polls at the windows' edges, as StoreEdges wants them. */
  readonly edges: PollsByKey;
  /** Stores whose rollups are not current. */
  readonly stale: ReadonlySet<number>;
  readonly calendars: ReadonlyMap<number, Calendar>;
  /** All polls of stores, of the time that the windows span, and the one before it: too much to be held of all at once. */
  polls(ids: readonly number[]): Promise<PollsByKey>;
}

/** Reads what a report is made from, in one snapshot. */
export class ReportFactsRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  /**
   * @param storeIds only these; undefined: every store
   * @param use      while it runs, the snapshot is kept
   */
  read<T>(
    windows: readonly Window[],
    storeIds: readonly string[] | undefined,
    use: (facts: ReportFacts) => Promise<T>,
  ): Promise<T> {
    return inSnapshot(this.pool, async (client) => {
      const stores = await readStores(client, storeIds);
      const ids = storeIds && stores.map(({ id }) => id);
      const sealedToMs = await this.rollups.sealedToMs(client);
      const positions = new Map(stores.map(({ id }, position) => [id, position]));
      const rolled = windows.map(({ startMs, endMs }) => {
        const hours = { startMs: floorToHour(startMs), endMs: Math.min(sealedToMs, floorToHour(endMs)) };
        return new RolledSums(positions, hours);
      });
      const fromMs = Math.min(...windows.map(({ startMs }) => startMs));
      checkWindows(windows, (await keptFrom(client)).pollsMs);
      const edgeTimes = edgesOf(windows, rolled);
      const lastRolledMs = Math.max(...rolled.map(({ hours }) => hours.endMs), rowsReadTo(edgeTimes, sealedToMs));
      const stale = new Set(await this.rollups.staleStores(client, fromMs, lastRolledMs, ids));
      await readSums(client, rolled, ids);
      const edges = await readFromRollups(client, edgeTimes, sealedToMs, ids);
      if (await isDistributed(client, 'rollup_due')) {
        // There, every query sees a moment of its own: what has changed since the first one is computed from polls.
        for (const id of await this.rollups.staleStores(client, fromMs, lastRolledMs, ids)) stale.add(id);
      }
      const toMs = Math.max(...windows.map(({ endMs }) => endMs));
      const calendars = await this.timezones.calendars(client, ids ?? ALL_STORES);
      const polls = (some: readonly number[]): Promise<PollsByKey> => readFromPolls(client, fromMs, toMs, some);
      return use({ stores, rolled, edges, stale, calendars, polls });
    });
  }
}

async function readStores(client: PoolClient, storeIds: readonly string[] | undefined): Promise<ReportStore[]> {
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store
     where $1::text[] is null or external_id = any($1::text[]) order by external_id`,
    [storeIds ?? null],
  );
  return rows;
}

/** Whole days from their own sums, and only the hours beside them from theirs. */
async function readSums(
  client: PoolClient,
  rolled: readonly RolledSums[],
  ids: readonly number[] | undefined,
): Promise<void> {
  const parts = rolled.map(({ hours: { startMs, endMs } }, window) => {
    const firstDayMs = Math.min(Math.ceil(startMs / DAY_MS) * DAY_MS, endMs);
    const endDayMs = Math.max(Math.floor(endMs / DAY_MS) * DAY_MS, firstDayMs);
    return {
      days: { window, startMs: firstDayMs, endMs: endDayMs },
      hours: [
        { window, startMs, endMs: firstDayMs },
        { window, startMs: endDayMs, endMs },
      ],
    };
  });
  const sums = noSums();
  const read = async (segments: readonly Segment[], from: Summed) => {
    for (const segment of segments) {
      await readBinary(client, sumsOf(from, segment, ids), (row) => {
        const storeId = row.int32();
        readSumsInto(sums, row);
        for (const window of segment.windows) rolled[window].add(storeId, sums);
      });
    }
  };
  await read(segmentsOf(parts.map(({ days }) => days)), DAYS);
  await read(segmentsOf(parts.flatMap(({ hours }) => hours)), HOURS);
}

interface Summed {
  readonly table: 'uptime_hour' | 'uptime_day';
  /** The column that says when. */
  readonly at: string;
  /** How many hour rows these are the sum of. */
  readonly rows: string;
}
const HOURS: Summed = { table: 'uptime_hour', at: 'hour', rows: 'count(*)' };
const DAYS: Summed = { table: 'uptime_day', at: 'day', rows: 'sum(hours)' };

const PART_SUMS = ['open_ms', 'up_ms', 'down_ms', 'carried_up_ms', 'carried_down_ms', 'polls']
  .map((column) => `sum(${column})::float8`)
  .join(', ');

const sumsOf = ({ table, at, rows }: Summed, { startMs, endMs }: Interval, ids?: readonly number[]): string =>
  `select store_id, ${PART_SUMS}, ${rows}::float8 from ${table}
   where ${at} >= '${formatInstant(startMs)}' and ${at} < '${formatInstant(endMs)}' ${onlyThese(ids)} group by store_id`;

/** What the windows cut off their first hours, and what has come since the last rolled up; nothing before they are sealed. */
const edgesOf = (windows: readonly Window[], rolled: readonly RolledSums[]): Interval[] =>
  windows
    .flatMap(({ startMs, endMs }, window) => {
      const { hours } = rolled[window];
      const end = { startMs: hours.endMs, endMs };
      return startMs < hours.endMs ? [{ startMs: hours.startMs, endMs: startMs }, end] : [end];
    })
    .filter(({ startMs }) => startMs > -Infinity);
