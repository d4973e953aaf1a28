/**
 * npm run test:scaled: the profile `scaled` of docker-compose.yml, without Docker. Three api, two worker and one
 * scheduler run as built, over one PostgreSQL and one home, behind Debian's nginx with ops/nginx. Every kind of request
 * goes through nginx while processes are killed.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkBuilt } from '#bench/dist.js';
import { Scope } from '#bench/scope.js';
import { Cluster } from '../faults/cluster.js';
import { Fleet, type Member } from '../faults/processes.js';
import { type GrpcThrough, grpcThrough } from './grpc-through.js';
import { type Nginx, startNginx } from './nginx.js';

const ROWS = 450_000;
const CLIENTS = 4;
const KILL_AFTER_MS = 400;
const GO_ON_FOR_MS = 1_500;

let nginx: Nginx;
let fleet: Fleet;

const post = (
  path: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${nginx.httpUrl}${path}`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
    duplex: 'half',
  });

const json = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

const onePoll = (storeId: string, n: number): string =>
  JSON.stringify({
    polls: [
      { store_id: storeId, status: 'active', timestamp_utc: new Date(Date.UTC(2026, 9, 6) + n * 1_000).toISOString() },
    ],
  });

/** About 30 MB, generated while it is sent. */
async function* file(): AsyncGenerator<Buffer> {
  let lines = 'store_id,status,timestamp_utc\n';
  for (let i = 0; i < ROWS; i++) {
    const at = new Date(Date.UTC(2026, 9, 5) + Math.floor(i / 1_000) * 60_000).toISOString();
    lines += `00000000-0000-4000-8000-00000000${1_000 + (i % 1_000)},${i % 7 ? 'active' : 'inactive'},${at.slice(0, 10)} ${at.slice(11, 23)} UTC\n`;
    if (lines.length < 256 * 1024) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(lines);
}

async function requests(): Promise<void> {
  equal((await fetch(`${nginx.httpUrl}/readyz`)).status, 200);
  equal((await json(await post('/v1/polls', onePoll('scaled', 0))))['accepted'], 1);
  await post('/v1/polls', onePoll('scaled', 0), { 'X-Request-Id': 'named-by-the-client' });
  // Written once the response has begun.
  while (!/POST \/v1\/polls HTTP\/1\.1" 20\d .* id named-by-the-client\n/.test(nginx.log())) await sleep(20);
}

async function upload(): Promise<void> {
  const response = await post('/v1/imports/store_status', file(), {
    'Content-Type': 'text/csv',
  });
  const { status, accepted } = await json(response);
  deepEqual({ status, accepted }, { status: 'Complete', accepted: ROWS });
}

async function limits(): Promise<void> {
  const ofProgram = await post('/v1/polls', Buffer.alloc(20 * 1024 * 1024 + 1, ' '));
  equal(ofProgram.status, 413);
  match(String((await json(ofProgram))['detail']), /MAX_BODY_BYTES/);
  const ofNginx = await post('/v1/polls', Buffer.alloc(23 * 1024 * 1024, ' '));
  equal(ofNginx.status, 413);
  equal(ofNginx.headers.get('content-type'), 'application/problem+json');
}

async function report(): Promise<void> {
  const { report_id: id } = await json(await post('/trigger_report', '{}'));
  for (;;) {
    const response = await fetch(`${nginx.httpUrl}/get_report?report_id=${String(id)}`);
    equal(response.status, 200);
    if (response.headers.get('content-type')!.startsWith('text/csv')) {
      equal((await response.text()).trimEnd().split('\n').length, 1 + 1 + 1_000);
      return;
    }
    equal((await json(response))['status'], 'Running');
    await sleep(100);
  }
}

/** Each event arrives before the stream ends. */
async function events(): Promise<void> {
  const { report_id: id } = await json(await post('/v1/reports', '{}'));
  const response = await fetch(`${nginx.httpUrl}/v1/reports/${String(id)}/events`);
  equal(response.headers.get('content-type')?.split(';')[0], 'text/event-stream');
  let [text, pieces] = ['', 0];
  const decoder = new TextDecoder();
  for await (const piece of response.body!) {
    text += decoder.decode(piece, { stream: true });
    pieces++;
  }
  match(text, /event: ?progress[^]*event: ?complete/);
  ok(pieces > 1, `the events arrived all at once: ${text}`);
}

/** Repeats requests until told to stop. A failed request is sent again, as a client would. */
async function goingOn(
  send: (n: number) => Promise<boolean>,
  stop: AbortSignal,
): Promise<{ sent: number; again: number }> {
  let [sent, again] = [0, 0];
  const client = async (): Promise<void> => {
    while (!stop.aborted) {
      const n = ++sent;
      for (let tries = 1; !(await send(n)); tries++) {
        again++;
        ok(tries < 5, 'a request failed five times');
        await sleep(100);
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { sent, again };
}

/** Checks that only the requests in progress at the process fail, and that they succeed when repeated. */
async function without(end: (member: Member) => void, member: Member, grpc: GrpcThrough): Promise<string> {
  const stop = new AbortController();
  const through = Promise.all([
    goingOn(async () => (await fetch(`${nginx.httpUrl}/v1/timezones`)).status === 200, stop.signal),
    goingOn(async (n) => (await post('/v1/polls', onePoll('scaled', n))).ok, stop.signal),
    goingOn(() => grpc.isAnswered(), stop.signal),
  ]);
  through.catch(() => {}); // resolves once it is awaited
  await sleep(KILL_AFTER_MS);
  end(member);
  await sleep(GO_ON_FOR_MS);
  stop.abort();
  const [gets, posts, calls] = await through;
  equal(gets.again, 0, 'nginx retries a GET on another process');
  for (const { again } of [posts, calls])
    ok(again <= CLIENTS, `${again} requests were repeated, more than were in progress`);
  await fleet.ready();
  return `${gets.sent} GET, ${posts.sent} POST (${posts.again} again), ${calls.sent} gRPC (${calls.again} again)`;
}

async function main(scope: Scope): Promise<void> {
  checkBuilt();
  const cluster = await Cluster.start(scope, 'scaled');
  await cluster.createDatabase('storewatch');
  const place = {
    name: 'scaled',
    databaseUrl: cluster.url('storewatch'),
    home: scope.path('home'),
    logs: scope.path('logs'),
  };
  await mkdir(place.logs);
  // Started together: one migrates, the others wait.
  fleet = await Fleet.start(scope, place, ['api', 'api', 'api', 'worker', 'worker', 'scheduler']);
  await fleet.ready();
  nginx = await startNginx(scope, fleet.apis());
  const grpc = grpcThrough(nginx.grpcAddress);
  scope.defer(async () => grpc.close());
  const { paths } = (await json(await fetch(`${nginx.httpUrl}/docs-json`))) as { paths: object };
  const steps: Record<string, () => Promise<unknown>> = {
    'requests and their ids': requests,
    'a file of 30 MB': upload,
    limits,
    report,
    ...('/v1/reports/{report_id}/events' in paths && { 'server-sent events': events }),
    'gRPC, a unary call': async () => ok(await grpc.isAnswered()),
    'gRPC, a long-lived stream': () => grpc.stream(),
    'an api is killed': () => without((member) => fleet.kill(member), fleet.apis()[0], grpc),
    'an api is stopped': () => without((member) => fleet.kill(member, 'SIGTERM'), fleet.apis()[1], grpc),
    'all three api processes served requests': async () => {
      const asked = fleet.apis().map(({ httpUrl }) => nginx.log().split(`from ${new URL(httpUrl).host}`).length - 1);
      for (const count of asked) ok(count > 10, `requests by process: ${asked.join(', ')}`);
    },
  };
  let [passed, failed] = [0, 0];
  for (const [name, step] of Object.entries(steps)) {
    const begun = performance.now();
    const [word, detail] = await step().then(
      (said) => ['ok', typeof said === 'string' ? `: ${said}` : ''],
      (error: Error) => ['FAILED', `: ${error.message}`],
    );
    if (word === 'ok') passed++;
    else failed++;
    process.stdout.write(`  ${word}  ${name} (${((performance.now() - begun) / 1_000).toFixed(1)} s)${detail}\n`);
  }
  equal(fleet.ends.join(), '', 'no process ended on its own');
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
}

const scope = await Scope.open();
try {
  await main(scope);
} finally {
  await scope.close();
}
