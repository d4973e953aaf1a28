/*
 * Repeatable chance. Everything here is integer arithmetic (and square roots, which IEEE 754 fixes to the bit), so a
 * seed gives the same data on every machine; `Math.random`, `Math.log` and the like would not.
 */

/** Scrambles 32 bits into 32 bits, one to one (the finaliser of MurmurHash3). Answers an unsigned integer. */
export function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** An unsigned 32-bit integer that looks unrelated for every other pair of `key` and `index`. */
export function hash(key: number, index: number): number {
  return mix(mix(key ^ Math.imul(index + 1, 0x9e3779b1)) + 0x632be59b);
}

/** Brings 32 random bits into [0, limit); a multiplication is several times cheaper than a remainder. */
export function scaled(draw: number, limit: number): number {
  return Math.floor((draw / 2 ** 32) * limit);
}

export class Random {
  private state: number;

  constructor(key: number) {
    this.state = key;
  }

  /** Unsigned, 32 bits. */
  next(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    return mix(this.state);
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return scaled(this.next(), limit);
  }

  /** A multiple of `step` in [from, to]. */
  between(from: number, to: number, step = 1): number {
    return from + step * this.below(Math.floor((to - from) / step) + 1);
  }

  /** True `percent` times in a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/**
 * A pseudo-random order of the integers in [0, size), computed one by one, so that a file of any length can be written
 * in no order at all without holding it: a Feistel network over a grid of `rows` x `columns` that has at least `size`
 * cells, walked on whenever it leaves the range (M. Luby and C. Rackoff 1988; J. Black and P. Rogaway 2002).
 */
export function permutation(size: number, key: number): (index: number) => number {
  const rows = Math.max(1, Math.ceil(Math.sqrt(size)));
  const columns = Math.max(1, Math.ceil(size / rows));
  const keys = [1, 2, 3, 4, 5, 6].map((round) => hash(key, round));
  return (index) => {
    let cell = index;
    do {
      let row = Math.floor(cell / columns);
      let column = cell - row * columns;
      for (let round = 0; round < 6; round += 2) {
        row = shifted(row, hash(keys[round], column), rows);
        column = shifted(column, hash(keys[round + 1], row), columns);
      }
      cell = row * columns + column;
    } while (cell >= size);
    return cell;
  };
}

/** `(a + scaled(draw, modulus)) % modulus` for a below the modulus. */
function shifted(a: number, draw: number, modulus: number): number {
  const sum = a + scaled(draw, modulus);
  return sum < modulus ? sum : sum - modulus;
}
