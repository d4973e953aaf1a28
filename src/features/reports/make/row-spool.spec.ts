import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { RowBuffer } from './row-buffer.js';
import { RowSpool } from './row-spool.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storewatch-spool-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The texts, in the order in which the spool returns them. */
async function throughSpool(
  rows: readonly (readonly [number, string])[],
  parts: number,
  perBucket: number,
  separator = '',
) {
  const spool = await RowSpool.open(folder, perBucket);
  const buffer = new RowBuffer();
  const perPart = Math.ceil(rows.length / parts);
  for (let at = 0; at < rows.length; at += perPart) {
    for (const [position, text] of rows.slice(at, at + perPart)) buffer.add(position, text);
    await spool.add(buffer);
    buffer.clear();
  }
  const chunks: Buffer[] = [];
  for await (const chunk of spool.read(separator)) chunks.push(chunk);
  await spool.close();
  return Buffer.concat(chunks).toString();
}

describe('the rows of a report', () => {
  it('come back in order of position, whatever the parts and buckets', async () => {
    const cases = fc.record({
      texts: fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 40 }),
      seed: fc.nat(),
      parts: fc.integer({ min: 1, max: 9 }),
      perBucket: fc.integer({ min: 1, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ texts, seed, parts, perBucket }) => {
        const rows = [...texts.entries()].sort(([a], [b]) => ((a * 7919 + seed) % 41) - ((b * 7919 + seed) % 41));
        expect(await throughSpool(rows, parts, perBucket, ',\n')).toBe(texts.join(',\n'));
      }),
      { numRuns: 50 },
    );
  });

  it('may be many and long', async () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `${i} ${'ä'.repeat(i % 200)}\n`);
    const rows = [...texts.entries()].toReversed();
    expect(await throughSpool(rows, 3, 4_000)).toBe(texts.join(''));
  });

  it('leave no file behind, not even while they are on disk', async () => {
    const spool = await RowSpool.open(folder, 10);
    expect(await readdir(folder)).toEqual([]);
    await spool.close();
  });

  it('fail with an error for the reader of the report when there is no place for them', async () => {
    const file = join(folder, 'a file');
    await writeFile(file, '');
    await expect(RowSpool.open(file, 10)).rejects.toThrow('The spool of the report could not be written (EEXIST).');
  });
});
