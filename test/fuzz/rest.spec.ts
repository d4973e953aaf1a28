import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { expectAllReportsMade, expectAnswer, expectHealthy, expectNoGrowth, heldBytes } from './answers.js';
import { Tally, label, limitMs, parameters, share } from './cases.js';
import { HttpClient } from './http-client.js';
import { type OpenApi, operationsOf } from './operations.js';
import { type FuzzedRequest, Ids, anyRequest } from './rest-requests.js';

const CASES = share(0.35);

describe('any request to any route', () => {
  const tally = new Tally('REST requests');
  let server: Storewatch;
  let client: HttpClient;
  let request: fc.Arbitrary<FuzzedRequest>;

  beforeAll(async () => {
    server = await startStorewatch();
    client = new HttpClient(server.http);
    const document = JSON.parse((await client.send({ verb: 'GET', path: '/docs-json' })).text) as OpenApi;
    request = anyRequest(operationsOf(document), document.components.schemas);
  });
  afterAll(async () => {
    tally.print();
    client.close();
    await server?.close();
  });

  it(
    `is answered as documented, and leaves nothing behind (${label(CASES)})`,
    async () => {
      const ids = new Ids();
      const half = async (part: number, cases: number): Promise<number> => {
        await fc.assert(
          fc.asyncProperty(request, async ({ operation, ...sent }) => {
            const answer = await client.send({ ...sent, path: ids.fill(sent.path) });
            // The response to HEAD has no body to check.
            if (sent.verb === 'HEAD') expect([answer.text, answer.status < 500]).toEqual(['', true]);
            else expectAnswer(answer, operation.types);
            ids.note(answer.text);
            tally.add(answer.status);
          }),
          parameters(cases, part),
        );
        await expectAllReportsMade(server);
        return heldBytes();
      };
      const atHalf = await half(0, Math.ceil(CASES / 2));
      expectNoGrowth(atHalf, await half(1, Math.floor(CASES / 2)), tally);
      await expectHealthy(client);
    },
    limitMs(CASES),
  );
});
