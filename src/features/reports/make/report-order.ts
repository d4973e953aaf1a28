import type { PoolClient } from 'pg';
import { readBinary } from '../../../platform/database/binary-copy.js';

/** Stores by database id, and the index of each in report order: 8 bytes a store. */
export class ReportOrder {
  private ids = new Int32Array(1_024);
  private positions = new Int32Array(1_024);
  private count = 0;

  private constructor() {}

  /** All stores. */
  static async read(client: PoolClient): Promise<ReportOrder> {
    const order = new ReportOrder();
    await readBinary(
      client,
      `select id, (row_number() over (order by external_id) - 1)::integer from store order by id`,
      (row) => order.add(row.int32(), row.int32()),
    );
    return order;
  }

  /** The order of these stores. @param ids ascending */
  among(ids: Int32Array): ReportOrder {
    const left = new ReportOrder();
    const isLeft = new Uint8Array(this.count);
    for (let at = 0, next = 0; at < this.count; at++) {
      while (ids[next] < this.ids[at]) next++;
      if (ids[next] !== this.ids[at]) continue;
      left.add(this.ids[at], this.positions[at]);
      isLeft[this.positions[at]] = 1;
    }
    const positions = new Int32Array(this.count);
    for (let position = 1; position < this.count; position++) {
      positions[position] = positions[position - 1] + isLeft[position - 1];
    }
    for (let at = 0; at < left.count; at++) left.positions[at] = positions[left.positions[at]];
    return left;
  }

  get size(): number {
    return this.count;
  }

  /** The database ids of a part of the stores. */
  idsOf(start: number, end: number): Int32Array {
    return this.ids.subarray(start, Math.min(end, this.count));
  }

  /** The indexes of the same stores in report order. */
  positionsOf(start: number, end: number): Int32Array {
    return this.positions.subarray(start, Math.min(end, this.count));
  }

  private add(id: number, position: number): void {
    if (this.count === this.ids.length) {
      this.ids = twice(this.ids);
      this.positions = twice(this.positions);
    }
    this.ids[this.count] = id;
    this.positions[this.count++] = position;
  }
}

function twice(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
