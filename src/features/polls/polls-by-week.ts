import { type BlockLayout, RANGES } from '../../platform/database/block-layout.js';
import { weekOf, weekStartMs } from '../../platform/database/partitions.js';
import { PollBatch, type SortedPolls } from './poll-batch.js';
import { PollSpool } from './poll-spool.js';

/** Polls held in memory, 12 bytes each. Beyond this, polls are spilled to disk. */
const MAX_HELD_POLLS = 3_000_000;

/**
 * Blocks whose spilled polls of a week are sorted together: some 4,000 stores. With a poll every five minutes that is 8
 * million polls.
 */
const BLOCKS_PER_PART = 4;
/** Parts per week: more than there can be. */
const PARTS = 2 ** 20;

/** The polls of the seven days of one partition. */
export interface WeekOfPolls {
  readonly startMs: number;
  /** Each part is sorted and holds different stores. Readable once. */
  readonly parts: AsyncIterable<SortedPolls>;
}

/**
 * Collects the polls of a file in any order and returns them week by week. Each partition is then written once, however
 * much history the file has, and memory is bounded.
 */
export class PollsByWeek {
  private readonly storeIds: string[] = [];
  private batches = new Map<number, PollBatch>();
  private held = 0;
  private spool: PollSpool | undefined;

  /**
   * @param resolve finds the database ids of stores
   * @param folder where a spool file is created when one is needed
   * @param layout how they are cut into blocks when they are written
   */
  constructor(
    private readonly resolve: (storeIds: readonly string[]) => Promise<Int32Array>,
    private readonly folder: string,
    private readonly layout: () => Promise<BlockLayout> = () => Promise.resolve(RANGES),
    private readonly maxHeld = MAX_HELD_POLLS,
  ) {}

  /** @returns the store's index for `add` */
  addStore(storeId: string): number {
    return this.storeIds.push(storeId) - 1;
  }

  add(store: number, polledAtMs: number, active: boolean): void {
    const week = weekOf(polledAtMs);
    let batch = this.batches.get(week);
    if (!batch) this.batches.set(week, (batch = new PollBatch()));
    batch.add(store, polledAtMs, active);
    this.held++;
  }

  /** Call regularly while adding polls: spills to disk when too many are held. */
  async relieve(): Promise<void> {
    if (this.held >= this.maxHeld) await this.spill();
  }

  /** The added polls, in order of time. Finish reading each week before asking for the next. */
  async *weeks(): AsyncGenerator<WeekOfPolls> {
    if (this.spool) await this.spill();
    const ids = await this.resolve(this.storeIds);
    const weeks = this.spool ? this.spool.keys().map((key) => Math.floor(key / PARTS)) : [...this.batches.keys()];
    for (const week of [...new Set(weeks)].sort((a, b) => a - b)) {
      yield { startMs: weekStartMs(week), parts: this.spool ? spooled(this.spool, week) : this.sorted(week, ids) };
    }
  }

  /** Call at the end, also after an error. */
  async close(): Promise<void> {
    await this.spool?.close();
  }

  private async *sorted(week: number, ids: Int32Array): AsyncGenerator<SortedPolls> {
    const batch = this.batches.get(week)!;
    this.batches.delete(week); // frees the unsorted copy while the sorted one is written
    yield await batch.sort(ids);
  }

  private async spill(): Promise<void> {
    this.spool ??= await PollSpool.open(this.folder);
    const ids = await this.resolve(this.storeIds);
    const layout = await this.layout();
    for (const [week, batch] of this.batches) {
      for (const { storeIndexes, observations } of batch.take()) {
        const parts = new Map<number, number[]>();
        for (let i = 0; i < storeIndexes.length; i++) {
          const id = ids[storeIndexes[i]];
          const part = Math.floor(layout.blockOf(id) / BLOCKS_PER_PART);
          let polls = parts.get(part);
          if (!polls) parts.set(part, (polls = []));
          polls.push(id, observations[i]);
        }
        for (const [part, polls] of parts) await this.spool.write(week * PARTS + part, Float64Array.from(polls));
      }
      this.batches.delete(week);
    }
    this.held = 0;
  }
}

async function* spooled(spool: PollSpool, week: number): AsyncGenerator<SortedPolls> {
  for (const key of spool.keys().filter((k) => Math.floor(k / PARTS) === week)) {
    const batch = new PollBatch();
    const indexes = new Map<number, number>();
    for await (const polls of spool.read(key)) {
      for (let i = 0; i < polls.length; i += 2) {
        let index = indexes.get(polls[i]);
        if (index === undefined) indexes.set(polls[i], (index = indexes.size));
        batch.addObservation(index, polls[i + 1]);
      }
    }
    yield await batch.sort([...indexes.keys()]);
  }
}
