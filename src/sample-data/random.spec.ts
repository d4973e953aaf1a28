import { describe, expect, it } from '@jest/globals';
import { mix, permutation, Random } from './random.js';

describe('permutation', () => {
  it.each([1, 2, 3, 7, 24, 100, 1000, 1023, 1025, 67_315])('of %d integers contains each of them once', (size) => {
    for (const key of [0, 1, 0xffffffff]) {
      const at = permutation(size, key);
      const met = new Set(Array.from({ length: size }, (_, index) => at(index)));
      expect(met.size).toBe(size);
      expect(Math.min(...met)).toBe(0);
      expect(Math.max(...met)).toBe(size - 1);
    }
  });

  it('does not resemble the original order', () => {
    const size = 20_000;
    const at = permutation(size, 5);
    const values = Array.from({ length: size }, (_, index) => at(index));
    const ascents = values.filter((value, index) => index > 0 && value > values[index - 1]).length;
    expect(ascents / size).toBeCloseTo(0.5, 1);
    // Two consecutive values are a third of the range apart on average.
    const apart = values.reduce((sum, value, index) => sum + (index > 0 ? Math.abs(value - values[index - 1]) : 0), 0);
    expect(apart / size / size).toBeCloseTo(1 / 3, 1);
    const fixed = values.filter((value, index) => value === index).length;
    expect(fixed).toBeLessThan(10);
  });

  it('differs from key to key', () => {
    const [a, b] = [permutation(1000, 1), permutation(1000, 2)];
    const same = Array.from({ length: 1000 }, (_, index) => a(index) === b(index)).filter(Boolean).length;
    expect(same).toBeLessThan(20);
  });
});

describe('mix', () => {
  it('returns distinct unsigned 32-bit integers', () => {
    const mixed = new Set(Array.from({ length: 100_000 }, (_, index) => mix(index)));
    expect(mixed.size).toBe(100_000);
    expect([...mixed].every((value) => value === value >>> 0)).toBe(true);
  });
});

describe('Random', () => {
  it('stays in the requested range, both ends included, and on the step', () => {
    const random = new Random(3);
    const drawn = new Set(Array.from({ length: 1000 }, () => random.between(10, 31, 10)));
    expect(drawn).toEqual(new Set([10, 20, 30]));
  });

  it('repeats the same sequence for a key', () => {
    const drawn = () => {
      const random = new Random(9);
      return [random.next(), random.next(), random.below(1000)];
    };
    expect(drawn()).toEqual(drawn());
  });
});
