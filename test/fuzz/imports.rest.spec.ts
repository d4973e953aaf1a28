import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { type ImportBody, type Problem } from '../e2e/rest.js';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { expectAnswer, expectHealthy, expectNoGrowth, heldBytes } from './answers.js';
import { Tally, damaged, label, limitMs, parameters, seldom, share } from './cases.js';
import { anyFile, cuts } from './csv-files.js';
import { HttpClient } from './http-client.js';

const CASES = share(0.1);

/** Plain, gzip, or corrupted gzip. */
const packed = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(bytes) },
    { weight: 2, arbitrary: fc.constant(gzipSync(bytes)) },
    { weight: 3, arbitrary: damaged(gzipSync(bytes)) },
  );

const headers = fc.record(
  {
    'content-type': fc.constantFrom('text/csv', 'text/csv; charset=utf-16', 'application/json', '', 'multipart/x'),
    'content-encoding': fc.constantFrom('gzip', 'x-gzip', 'identity', 'br', ''),
  },
  { requiredKeys: [] },
);

const upload = anyFile.chain(({ kind, bytes }) =>
  fc.record({ kind: fc.constant(kind), bytes: packed(bytes), cuts, headers: seldom(6, headers) }),
);

describe('any bytes sent as a file', () => {
  const tally = new Tally('CSV files over REST');
  let server: Storewatch;
  let client: HttpClient;

  beforeAll(async () => {
    server = await startStorewatch();
    client = new HttpClient(server.http);
  });
  afterAll(async () => {
    tally.print();
    client.close();
    await server?.close();
  });

  it(
    `are loaded or rejected, with every row counted once and nothing left behind (${label(CASES)})`,
    async () => {
      const half = async (part: number, cases: number): Promise<number> => {
        await fc.assert(
          fc.asyncProperty(upload, async ({ kind, bytes, cuts: places, headers: sent }) => {
            const ends = [...new Set(places.filter((place) => place < bytes.length)), bytes.length];
            const answer = await client.send({
              verb: 'POST',
              path: `/v1/imports/${kind}`,
              headers: sent ?? { 'content-type': 'text/csv' },
              chunks: ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((chunk) => chunk.length > 0),
            });
            expectAnswer(answer);
            tally.add(answer.status);
            const body = JSON.parse(answer.text) as ImportBody | Problem;
            if ('import_id' in body) await expectCounted(body);
            else if (body.import) await expectCounted(body.import);
            else expect(sent).toBeDefined(); // an unsupported type or encoding
          }),
          parameters(cases, part),
        );
        return heldBytes();
      };
      const atHalf = await half(0, Math.ceil(CASES / 2));
      expectNoGrowth(atHalf, await half(1, Math.floor(CASES / 2)), tally);
      await expectHealthy(client);
    },
    limitMs(CASES),
  );

  /** Checks that the counts of the import match the database. */
  async function expectCounted(imported: ImportBody): Promise<void> {
    const { read, accepted, duplicate, rejected } = imported;
    expect(read).toBe(accepted + duplicate + rejected);
    expect(Math.min(accepted, duplicate, rejected)).toBeGreaterThanOrEqual(0);
    const { rows } = await server.pool.query<{ line: number; reason: string }>(
      'select line, reason from import_reject where import_id = $1 order by line',
      [imported.import_id],
    );
    expect(rows).toHaveLength(rejected);
    rows.forEach(({ line, reason }, i) => {
      expect(line).toBeGreaterThan(rows[i - 1]?.line ?? 1);
      expect(reason).toMatch(/\S/);
    });
  }
});
