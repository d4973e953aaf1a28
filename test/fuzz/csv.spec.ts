import { afterAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Tally, label, limitMs, parameters, share } from './cases.js';
import { anyFile, cuts } from './csv-files.js';
import { readInChunks } from './csv-reading.js';
import { readSlowly } from './csv-twin.js';

/** Long enough for the rows, short enough for the runs of x among the damages. */
const MAX_LINE_BYTES = 1_024;
const CASES = share(0.4);

describe('any bytes as a file', () => {
  const tally = new Tally('CSV files through the parsers');
  afterAll(() => tally.print());

  it(
    `are read: each row is counted once and each reject has its line and reason, wherever the chunks end (${label(CASES)})`,
    async () => {
      await fc.assert(
        fc.asyncProperty(anyFile, cuts, async ({ kind, bytes }, places) => {
          const reading = await readInChunks(kind, bytes, [], MAX_LINE_BYTES);

          const { read, rejects, headerProblem, written } = reading;
          expect(await readInChunks(kind, bytes, places, MAX_LINE_BYTES)).toEqual(reading);
          expect(rejects.length + written.length).toBeLessThanOrEqual(read);
          rejects.forEach(({ line, reason }, i) => {
            expect(line).toBeGreaterThan(rejects[i - 1]?.line ?? 1);
            expect(reason).toMatch(/\S/);
          });
          // csv-parse has no line limit, beyond which a quote counts as never closed.
          const isCut = rejects.some(({ reason }) => /MAX_LINE_BYTES|never closed/.test(reason));
          const twin = headerProblem !== undefined || isCut ? undefined : readSlowly(kind, bytes);
          if (twin) expect(read).toBe(twin.read);
          if (twin?.polls) expect(written).toEqual(twin.polls);
          const outcome =
            headerProblem === undefined ? (rejects.length > 0 ? 'some rejected' : 'all taken') : 'no header';
          tally.add(twin ? `${outcome}, as its slow twin` : outcome);
        }),
        parameters(CASES),
      );
    },
    limitMs(CASES),
  );
});
