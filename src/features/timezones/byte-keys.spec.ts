import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteKeys } from './byte-keys.js';

/** Numbers the keys with ByteKeys; each lies inside a longer buffer. */
function numbered(keys: readonly string[]): number[] {
  const byteKeys = new ByteKeys();
  return keys.map((key) => {
    const source = Buffer.from(`##${key}##`);
    const known = byteKeys.find(source, 2, source.length - 2);
    return known >= 0 ? known : byteKeys.add(source, 2, source.length - 2);
  });
}

/** The reference implementation. */
function slowly(keys: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  return keys.map((key) => {
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return numbers.get(key)!;
  });
}

describe('keys by their bytes', () => {
  it('are numbered in order of appearance, like a Map from strings, even with common prefixes or suffixes', () => {
    const key = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 4 }),
      fc.string({ maxLength: 40 }),
    );
    fc.assert(fc.property(fc.array(key, { maxLength: 80 }), (keys) => expect(numbered(keys)).toEqual(slowly(keys))));
  });

  it('grow beyond their initial capacity', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `store-${(i * 7_919) % 9_973}`);
    expect(numbered(keys)).toEqual(slowly(keys));
    const long = Array.from({ length: 100 }, (_, i) => `${i % 60}`.repeat(20_000));
    expect(numbered(long)).toEqual(slowly(long));
  });

  it('can be read again, and are refused when longer than 65,535 bytes', () => {
    const byteKeys = new ByteKeys();
    for (const key of ['', 'é', 'x'.repeat(65_535)]) {
      const bytes = Buffer.from(key);
      expect(byteKeys.text(byteKeys.add(bytes, 0, bytes.length))).toBe(key);
    }
    expect(() => byteKeys.add(Buffer.alloc(65_536), 0, 65_536)).toThrow('65535 bytes, got 65536');
  });
});
