import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ServiceError, credentials, status } from '@grpc/grpc-js';
import { openStream, toMessage } from './ingest.grpc.js';
import { type Ledger, pollsOf } from './ledger.js';
import type { Member } from './processes.js';
import { type Counts, type Run, stage } from './stage.js';

/** Ten times as many clients as MAX_BATCHES_AT_ONCE, none of which pauses. */
const FLOODING = 320;
const STREAMS = 500;
const SLOW_WRITERS = 50;
const STORES = 20;
const FLOOD_MS = 15_000;
const REST_MS = 3_000;
const STARTING_MS = 10_000;
/** The memory that a server may need in addition to its memory at rest. */
const ROOM_MB = 400;

/**
 * Far more than one API process can handle: clients that do not wait, 500 unread streams, request bodies that never
 * end.
 */
export const overload = (run: Run): Promise<Counts> =>
  stage(run, 'overload', { roles: ['api', 'worker', 'scheduler'] }, async ({ fleet, ledger, say }) => {
    const [api] = fleet.apis();
    await sleep(REST_MS);
    const restMb = await peakMb(api);
    const over = new AbortController();
    const outcomes = { served: 0, refused: 0, broken: 0, withoutRetryAfter: 0 };
    const streams = openStreams(api, outcomes);
    const writers = Array.from({ length: SLOW_WRITERS }, () => slowWriter(api, over.signal));
    const clients = Array.from({ length: FLOODING }, (_, i) => flood(api, `flood-${i}`, ledger, outcomes, over.signal));
    say(`overload: ${FLOODING} clients that do not wait, ${STREAMS} streams, ${SLOW_WRITERS} bodies that never end`);
    await sleep(FLOOD_MS);
    over.abort();
    await Promise.all([...clients, ...writers]);
    streams.close();
    const mostMb = await peakMb(api);
    const goesOn = await servedWithin(api, STARTING_MS);
    return {
      'faults: overload': 1,
      'requests served in the flood': outcomes.served,
      'requests refused in the flood': outcomes.refused,
      'requests cut off in the flood': outcomes.broken,
      'streams refused': streams.refused(),
      'MB at rest': restMb,
      'MB at most': mostMb,
      'rejections without Retry-After': outcomes.withoutRetryAfter,
      'floods in which nothing was served, or nothing refused':
        outcomes.served > 0 && outcomes.refused > 0 && streams.refused() > 0 ? 0 : 1,
      'floods that took too much memory': mostMb > restMb + ROOM_MB ? 1 : 0,
      'floods after which nothing was served for 10 s': goesOn ? 0 : 1,
    };
  });

interface Outcomes {
  served: number;
  refused: number;
  /** Failed without a response, because the connection ended. */
  broken: number;
  withoutRetryAfter: number;
}

async function flood(api: Member, name: string, ledger: Ledger, outcomes: Outcomes, over: AbortSignal): Promise<void> {
  for (let draw = 0; !over.aborted; draw++) {
    const batch = ledger.next(name, STORES, draw);
    const polls = pollsOf(batch).map(({ storeId, atMs, active }) => ({
      store_id: storeId,
      status: active ? 'active' : 'inactive',
      timestamp_utc: new Date(atMs).toISOString(),
    }));
    const headers = { 'content-type': 'application/json' };
    const options = { method: 'POST', headers, body: JSON.stringify({ polls }) };
    const response = await fetch(`${api.httpUrl}/v1/polls`, options).catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    if (response === undefined || text === undefined) outcomes.broken++;
    else if (response.status === 200) {
      outcomes.served++;
      ledger.acknowledge(name, [batch]);
    } else if (response.status === 429) {
      outcomes.refused++;
      if (!response.headers.has('retry-after')) outcomes.withoutRetryAfter++;
    } else ledger.wrong(`flood: ${response.status} ${text.slice(0, 300)}`);
  }
}

/** Streams that send one batch and never read. */
function openStreams(api: Member, outcomes: Outcomes): { refused: () => number; close: () => void } {
  let refused = 0;
  // Each has its own subchannel, because the server limits the streams of a connection.
  const clients = Array.from({ length: STREAMS }, () => {
    const client = new Client(api.grpcAddress, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    const call = openStream(client, Infinity);
    call.on('error', ({ code, metadata }: ServiceError) => {
      if (code !== status.RESOURCE_EXHAUSTED) return;
      refused++;
      if (metadata.get('retry-after').length === 0) outcomes.withoutRetryAfter++;
    });
    call.write({ polls: [toMessage({ storeId: 'rest-1-0', atMs: Date.UTC(2000, 0, 1) - 1, active: true })] });
    return client;
  });
  return { refused: () => refused, close: () => clients.forEach((client) => client.close()) };
}

/** Sends a request body byte by byte, with pauses. */
async function slowWriter(api: Member, over: AbortSignal): Promise<void> {
  const { host, hostname, port } = new URL(api.httpUrl);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}).resume();
  socket.write(
    `POST /v1/polls HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{`,
  );
  while (!over.aborted && socket.writable) {
    socket.write(' ');
    await sleep(200);
  }
  socket.destroy();
}

async function servedWithin({ httpUrl }: Member, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const response = await fetch(`${httpUrl}/v1/stores?page_size=1`).catch(() => undefined);
    if (response?.status === 200) return true;
    await sleep(100);
  }
  return false;
}

async function peakMb({ child }: Member): Promise<number> {
  const text = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(text)![1]) / 1024);
}
