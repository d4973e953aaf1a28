import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServiceError, status } from '@grpc/grpc-js';
import { TurnedClock, WRONG_KEY, bearing, newKey } from './access.js';
import { type Answer, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let keyed: Storewatch;
let open: Storewatch;

beforeAll(async () => {
  // Its clock stands still, so that a key that was verified once is remembered however long a test takes.
  keyed = await startStorewatch({ API_KEYS: 'on', MAX_REQUESTS_PER_SECOND: '3' }, { clock: new TurnedClock() });
  open = await startStorewatch({ MAX_REQUESTS_PER_SECOND: '3' });
});
afterAll(async () => {
  await keyed?.close();
  await open?.close();
});

/** Sends again and again until a second has had too many: how many that takes depends on how fast they are. */
async function untilRefused(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const refused = (await Promise.all([1, 2, 3, 4].map(ask))).find((answer) => answer.status === 429);
    if (refused) return refused;
  }
}

const listStores = (server: Storewatch, key?: string): Promise<Answer> =>
  send(server, '/v1/stores', key === undefined ? {} : { headers: bearing(key) });

describe('too many requests a second', () => {
  it('of one key are refused, with the time to wait, and those of another key are not', async () => {
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

  it('are those over REST and gRPC together', async () => {
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

  it('without keys are those of one address', async () => {
    expect(await untilRefused(() => listStores(open))).toMatchObject({ status: 429 });
  });

  it('do not keep a process from saying how it is', async () => {
    await untilRefused(() => listStores(open));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send(open, i % 2 ? '/livez' : '/readyz')));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from(answers, () => 200));
  });

  it('are over when the time to wait is', async () => {
    await untilRefused(() => listStores(open));
    let answer: Answer;
    do answer = await listStores(open);
    while (answer.status === 429);
    expect(answer.status).toBe(200);
  });

  it('without a key, where one is needed, are refused as well', async () => {
    expect((await untilRefused(() => listStores(keyed))).headers.get('retry-after')).toBe('1');
    expect((await untilRefused(() => send(keyed, '/docs-json'))).headers.get('retry-after')).toBe('1');
  });
});

describe('too many wrong keys a second from one address', () => {
  it('are refused without a look, and a key that was right a moment ago goes on', async () => {
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
