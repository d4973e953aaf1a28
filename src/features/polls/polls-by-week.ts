import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BlockLayout, RANGES } from '../../platform/database/block-layout.js';
import { weekOf, weekStartMs } from '../../platform/database/partitions.js';
import { PollBatch, type PollChunk, type SortedPolls } from './poll-batch.js';
import { PollSpool } from './poll-spool.js';

/** Polls held in memory, 12 bytes each. Beyond this, polls are spilled to disk. */
const MAX_HELD_POLLS = 3_000_000;

/**
 * Blocks whose spilled polls of a week are sorted together: some 4,000 stores. With a poll every five minutes that is 8
 * million polls.
 */
const BLOCKS_PER_PART = 4;
/** Chunks of polls that are spilled together: half a million polls. More make fewer and larger pieces. */
const CHUNKS_PER_SPILL = 16;
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
  /** The caller's number of each store. */
  private readonly keys: number[] = [];
  private batches = new Map<number, PollBatch>();
  private held = 0;
  private spool: PollSpool | undefined;
  /** Reused by every spill, because garbage of this size would add to the peak memory. */
  private spilled = new Float64Array(0);

  /**
   * @param resolve finds the database ids of stores by the caller's numbers
   * @param folder where a spool file is created when one is needed
   * @param layout how they are cut into blocks when they are written
   */
  constructor(
    private readonly resolve: (keys: readonly number[]) => Promise<Int32Array>,
    private readonly folder: string,
    private readonly layout: () => Promise<BlockLayout> = () => Promise.resolve(RANGES),
    private readonly maxHeld = MAX_HELD_POLLS,
  ) {}

  /** @returns the store's index for `add` */
  addStore(key: number): number {
    return this.keys.push(key) - 1;
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
    this.spilled = new Float64Array(0);
    const ids = await this.resolve(this.keys);
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
    const ids = await this.resolve(this.keys);
    const layout = await this.layout();
    const parts = ids.map((id) => Math.floor(layout.blockOf(id) / BLOCKS_PER_PART));
    for (const [week, batch] of this.batches) {
      this.batches.delete(week);
      let group: PollChunk[] = [];
      for (const chunk of batch.take()) {
        if (group.push(chunk) < CHUNKS_PER_SPILL) continue;
        await this.spillChunks(this.spool, week, group, ids, parts);
        group = [];
      }
      await this.spillChunks(this.spool, week, group, ids, parts);
    }
    this.held = 0;
  }

  /**
   * Sorts the polls by part (a counting sort) and writes each part at once.
   * @param parts by the store's index, like `ids`
   */
  private async spillChunks(
    spool: PollSpool,
    week: number,
    chunks: readonly PollChunk[],
    ids: Int32Array,
    parts: Int32Array,
  ): Promise<void> {
    const ends = new Map<number, number>();
    for (const { storeIndexes } of chunks) {
      for (const store of storeIndexes) ends.set(parts[store], (ends.get(parts[store]) ?? 0) + 2);
    }
    const inOrder = [...ends.keys()].sort((a, b) => a - b);
    let total = 0;
    for (const part of inOrder) {
      const size = ends.get(part)!;
      ends.set(part, total);
      total += size;
    }
    await nextTurn();
    if (this.spilled.length < total) this.spilled = new Float64Array(total);
    const polls = this.spilled;
    for (const { storeIndexes, observations } of chunks) {
      for (let i = 0; i < storeIndexes.length; i++) {
        const [store, observation] = [storeIndexes[i], observations[i]];
        const end = ends.get(parts[store])!;
        polls[end] = ids[store];
        polls[end + 1] = observation;
        ends.set(parts[store], end + 2);
      }
    }
    let start = 0;
    for (const part of inOrder) {
      const end = ends.get(part)!;
      await spool.write(week * PARTS + part, polls.subarray(start, end));
      start = end;
    }
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
