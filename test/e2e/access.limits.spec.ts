import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServiceError, status } from '@grpc/grpc-js';
import { TurnedClock, WRONG_KEY, bearing, newKey } from './access.js';
import { type Answer, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let keyed: Storewatch;
let open: Storewatch;

beforeAll(async () => {
  // The clock stands still, so that a verified key stays cached however long a test takes.
  keyed = await startStorewatch({ API_KEYS: 'on', MAX_REQUESTS_PER_SECOND: '3' }, { clock: new TurnedClock() });
  open = await startStorewatch({ MAX_REQUESTS_PER_SECOND: '3' });
});
afterAll(async () => {
  await keyed?.close();
  await open?.close();
});

/** Repeats a request until it is over the limit. How many it takes depends on how fast they are. */
async function untilRefused(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const refused = (await Promise.all([1, 2, 3, 4].map(ask))).find((answer) => answer.status === 429);
    if (refused) return refused;
  }
}

const listStores = (server: Storewatch, key?: string): Promise<Answer> =>
  send(server, '/v1/stores', key === undefined ? {} : { headers: bearing(key) });

describe('the rate limit', () => {
  it('applies to each key separately and sends Retry-After', async () => {
    const [key, other] = [await newKey(keyed, ['read']), await newKey(keyed, ['read'])];
    const answer = await untilRefused(() => listStores(keyed, key));
    expect((await listStores(keyed, other)).status).toBe(200);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(problemOf(answer)).toMatchObject({
      code: 'resource_exhausted',
      title: 'Too many requests',
      detail: 'More than 3 requests in a second (MAX_REQUESTS_PER_SECOND); try again in 1 s.',
    });
  });

  it('counts REST and gRPC requests together', async () => {
    for (;;) {
      await Promise.all([1, 2, 3].map(() => listStores(open)));
      const error = await open.grpc.listTimezones().then(
        () => undefined,
        (reason: unknown) => reason as ServiceError,
      );
      if (error === undefined) continue;
      expect(error).toMatchObject({
        code: status.RESOURCE_EXHAUSTED,
        details: 'More than 3 requests in a second (MAX_REQUESTS_PER_SECOND); try again in 1 s.',
      });
      expect(error.metadata.get('retry-after')).toEqual(['1']);
      return;
    }
  });

  it('applies to each address when API keys are off', async () => {
    expect(await untilRefused(() => listStores(open))).toMatchObject({ status: 429 });
  });

  it('does not apply to health checks', async () => {
    await untilRefused(() => listStores(open));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send(open, i % 2 ? '/livez' : '/readyz')));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from(answers, () => 200));
  });

  it('accepts requests again after the time to wait', async () => {
    await untilRefused(() => listStores(open));
    let answer: Answer;
    do answer = await listStores(open);
    while (answer.status === 429);
    expect(answer.status).toBe(200);
  });

  it('applies to requests without a key when one is required', async () => {
    expect((await untilRefused(() => listStores(keyed))).headers.get('retry-after')).toBe('1');
    expect((await untilRefused(() => send(keyed, '/docs-json'))).headers.get('retry-after')).toBe('1');
  });
});

describe('the limit on wrong keys from one address', () => {
  it('rejects further keys unverified, except a key verified a moment ago', async () => {
    const key = await newKey(keyed, ['read']);
    expect((await listStores(keyed, key)).status).toBe(200);
    const answer = await untilRefused(() => listStores(keyed, WRONG_KEY));
    expect((await listStores(keyed, key)).status).toBe(200);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(problemOf(answer).detail).toBe(
      'This address sent more than 10 wrong API keys in a second; try again in 1 s.',
    );
  });
});
