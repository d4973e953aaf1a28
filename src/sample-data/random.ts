/*
 * Reproducible randomness. Everything here is integer arithmetic, and square roots, which IEEE 754 specifies to the
 * bit. So a seed gives the same data on every machine. `Math.random`, `Math.log` and similar would not.
 */

/** Maps 32 bits to 32 bits, one to one (the finalizer of MurmurHash3). Returns an unsigned integer. */
export function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A pseudo-random unsigned 32-bit integer for each pair of `key` and `index`. */
export function hash(key: number, index: number): number {
  return mix(mix(key ^ Math.imul(index + 1, 0x9e3779b1)) + 0x632be59b);
}

/** Scales 32 random bits to [0, limit). A multiplication is several times cheaper than a remainder. */
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

  /** True with a probability of `percent` in a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/**
 * A pseudo-random permutation of the integers in [0, size), computed element by element, so that a file of any length
 * can be written in random order without holding it in memory. A Feistel network over a grid of `rows` x `columns` with
 * at least `size` cells, repeated while the result is out of range (M. Luby and C. Rackoff 1988; J. Black and P.
 * Rogaway 2002).
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
