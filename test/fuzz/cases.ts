import * as fc from 'fast-check';

/** npm run test:fuzz uses 100,000 cases. FUZZ_SEED repeats those of an earlier run. */
const CASES = Number(process.env['FUZZ_CASES'] ?? 800);
const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** For a test's name: what runs, and how to run the same again. */
export const label = (cases: number): string => `${cases} cases, FUZZ_SEED=${SEED}`;

/** How many cases a kind of input gets. The shares of all kinds add up to 1. */
export const share = (part: number): number => Math.ceil(CASES * part);

/** @param part index of the test, from 0, because the same seed twice would give the same cases twice */
export const parameters = (cases: number, part = 0): { numRuns: number; seed: number } => ({
  numRuns: cases,
  seed: SEED + part,
});

/** A generous time limit for this many cases. The tests do not measure speed. */
export const limitMs = (cases: number): number => 60_000 + cases * 50;

/** Usually undefined, and a value once in this many cases. */
export const seldom = <Value>(once: number, something: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: once - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: something });

/** Counts the outcomes of the cases. Fuzzing that only ever gets one kind of response tests nothing. */
export class Tally {
  private readonly counts = new Map<string, number>();
  private readonly notes: string[] = [];

  constructor(private readonly kind: string) {}

  add(outcome: string | number): void {
    this.counts.set(String(outcome), (this.counts.get(String(outcome)) ?? 0) + 1);
  }

  /** Adds a line to print. */
  note(text: string): void {
    this.notes.push(text);
  }

  /** Prints results that a user of the long form may want to keep. */
  print(): void {
    if (process.env['FUZZ_CASES'] === undefined) return;
    const outcomes = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name}: ${count}`);
    const cases = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    const said = [`${this.kind}: ${cases} cases, FUZZ_SEED=${SEED}`, outcomes.join(', '), ...this.notes];
    process.stdout.write(`${said.join('; ')}\n`);
  }
}

/** Changes some of the bytes, as transfers, editors and exporters do. */
export const damaged = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc.array(fc.tuple(fc.constantFrom(...DAMAGES), fc.nat(), fc.nat(), fc.nat()), { maxLength: 4 }).map((damages) =>
    damages.reduce((all, [damage, where, length, what]) => {
      const at = where % (all.length + 1);
      return damage(all, at, Math.min(all.length, at + (length % 12)), what);
    }, bytes),
  );

type Damage = (all: Buffer, at: number, end: number, what: number) => Buffer;

const DAMAGES: readonly Damage[] = [
  (all, at, _end, what) => replaced(all, at, Math.min(at + 1, all.length), Buffer.from([what & 0xff])),
  (all, at, _end, what) => {
    const copy = Buffer.from(all);
    if (at < copy.length) copy[at] ^= 1 << (what % 8);
    return copy;
  },
  (all, at, end) => replaced(all, at, end, Buffer.alloc(0)),
  (all, at, end) => replaced(all, at, at, all.subarray(at, end)),
  (all, at) => all.subarray(0, at),
  (all, at, _end, what) => replaced(all, at, at, ODD_BYTES[what % ODD_BYTES.length]),
];

const replaced = (all: Buffer, start: number, end: number, by: Buffer): Buffer =>
  Buffer.concat([all.subarray(0, start), by, all.subarray(end)]);

/** Quotes, line breaks, byte-order marks, NUL, a lone surrogate and other invalid UTF-8, separators, and a long run. */
const ODD_BYTES: readonly Buffer[] = [
  '" "" \n \r\n \r \n\n \ufeff \0 , ,, \t ; \u2028 \u{1f600} \' \\'.split(' '),
  'x'.repeat(1_500),
]
  .flat()
  .map((text) => Buffer.from(text))
  .concat([[0xff], [0xc3], [0xed, 0xa0, 0x80], [0x1f, 0x8b]].map((bytes) => Buffer.from(bytes)));
