import { setImmediate as nextTurn } from 'node:timers/promises';

/** Polls of many stores, in columns, ascending by store id and then by time, one observation an instant. */
export interface SortedPolls {
  readonly storeIds: Int32Array;
  /** Epoch ms UTC. */
  readonly polledAtMs: Float64Array;
  /** 1 active, 0 inactive. */
  readonly active: Uint8Array;
  readonly count: number;
}

const FIRST_CAPACITY = 4_096;

/** How many polls are sorted before other work of the process gets its turn: some 2 ms. */
export const POLLS_PER_TURN = 16_384;

/**
 * Gathers polls as they are parsed, in any order, and sorts them. Stores are named by an index of the caller's, so that
 * a row costs no object: as objects, two million polls would be some 300 MB.
 */
export class PollBatch {
  private storeIndexes = new Int32Array(FIRST_CAPACITY);
  /** Time and status in one number, `ms * 2 + active`: sorting it puts the inactive poll of an instant first. */
  private observations = new Float64Array(FIRST_CAPACITY);
  private used = 0;

  add(storeIndex: number, polledAtMs: number, active: boolean): void {
    this.addObservation(storeIndex, polledAtMs * 2 + (active ? 1 : 0));
  }

  /** Adds what `columns` of another batch gave. */
  addObservation(storeIndex: number, observation: number): void {
    if (this.used === this.storeIndexes.length) this.grow();
    this.storeIndexes[this.used] = storeIndex;
    this.observations[this.used++] = observation;
  }

  /** What has gathered, in no order: indexes of stores, and observations, of which only a batch knows more. */
  columns(): { storeIndexes: Int32Array; observations: Float64Array } {
    return {
      storeIndexes: this.storeIndexes.subarray(0, this.used),
      observations: this.observations.subarray(0, this.used),
    };
  }

  private grow(): void {
    const capacity = this.used * 2;
    const storeIndexes = new Int32Array(capacity);
    storeIndexes.set(this.storeIndexes);
    const observations = new Float64Array(capacity);
    observations.set(this.observations);
    this.storeIndexes = storeIndexes;
    this.observations = observations;
  }

  /**
   * A counting sort by store, then a numeric sort of each store's observations: 0.3 s for two million rows, where a sort
   * with a comparison function takes 2 s. Of several polls of a store at one instant one is kept; inactive wins.
   * @param storeIds the database id of every index that was used
   */
  async sort(storeIds: ArrayLike<number>): Promise<SortedPolls> {
    const { used } = this;
    const byId = Array.from({ length: storeIds.length }, (_, index) => index);
    byId.sort((a, b) => storeIds[a] - storeIds[b]);

    const ends = new Int32Array(storeIds.length);
    for (let i = 0; i < used; i++) {
      ends[this.storeIndexes[i]]++;
      if ((i + 1) % POLLS_PER_TURN === 0) await nextTurn();
    }
    let start = 0;
    for (const index of byId) {
      const size = ends[index];
      ends[index] = start;
      start += size;
    }
    const sorted = new Float64Array(used);
    for (let i = 0; i < used; i++) {
      sorted[ends[this.storeIndexes[i]]++] = this.observations[i]!;
      if ((i + 1) % POLLS_PER_TURN === 0) await nextTurn();
    }

    const result = {
      storeIds: new Int32Array(used),
      polledAtMs: sorted,
      active: new Uint8Array(used),
      count: 0,
    };
    start = 0;
    for (const index of byId) {
      const end = ends[index];
      sorted.subarray(start, end).sort();
      let previousMs = NaN;
      for (let i = start; i < end; i++) {
        const ms = Math.floor(sorted[i] / 2);
        if (ms === previousMs) continue;
        const active = sorted[i] - ms * 2;
        // Written over the sorted column itself: the place written to is never past the one that was read.
        result.storeIds[result.count] = storeIds[index]!;
        result.polledAtMs[result.count] = ms;
        result.active[result.count++] = active;
        previousMs = ms;
      }
      if (Math.floor(start / POLLS_PER_TURN) !== Math.floor(end / POLLS_PER_TURN)) await nextTurn();
      start = end;
    }
    return result;
  }
}
