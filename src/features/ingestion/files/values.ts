import { ByteKeys } from '../../timezones/byte-keys.js';

/** The distinct values of a file's rows, numbered in order of appearance. The key of a value is the JSON of its fields. */
export interface Values<Value> {
  /** The number of the value with this key, or -1. */
  find(key: string): number;
  /** Adds a value that `find` did not find. @returns its number */
  add(key: string, value: Value): number;
  get(index: number): Value;
}

/** For values that many rows share. */
export class SharedValues<Value> implements Values<Value> {
  private readonly values: Value[] = [];
  private readonly byKey = new Map<string, number>();

  find(key: string): number {
    return this.byKey.get(key) ?? -1;
  }

  add(key: string, value: Value): number {
    this.byKey.set(key, this.values.length);
    return this.values.push(value) - 1;
  }

  get(index: number): Value {
    return this.values[index];
  }
}

/**
 * For values that differ in almost every row. They are kept as bytes and parsed when needed, which takes
 * less memory than an object for each.
 */
export class EncodedValues<Value> implements Values<Value> {
  private readonly keys = new ByteKeys();

  /** @param parse the value of fields that were valid */
  constructor(private readonly parse: (fields: string[]) => Value) {}

  find(key: string): number {
    const bytes = Buffer.from(key);
    return this.keys.find(bytes, 0, bytes.length);
  }

  add(key: string): number {
    const bytes = Buffer.from(key);
    return this.keys.add(bytes, 0, bytes.length);
  }

  get(index: number): Value {
    return this.parse(JSON.parse(this.keys.text(index)) as string[]);
  }
}
