// Runs in the bulk thread. BulkThread starts it.
import 'reflect-metadata';
import { on } from 'node:events';
import { Readable } from 'node:stream';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { openOrm } from '../platform/database/orm.js';
import { inLimit } from '../platform/database/store-limit.js';
import { Importer } from '../features/ingestion/imports/importer.js';
import { Log } from '../platform/logging/log.js';
import { withLogContext } from '../platform/logging/log-context.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { createContext } from './process-context.js';
import { Roles } from '../platform/config/roles.js';
import { ENTITIES } from './entities.js';
import { lowerThreadPriority } from './thread-priority.js';
import { endTraces, inTrace } from '../platform/tracing/tracing.js';
import {
  type Answer,
  type ImportOrder,
  type Order,
  type Piece,
  type ThreadData,
  packError,
  unpackError,
} from './bulk/messages.js';

lowerThreadPriority();
const { settings, databaseUrl, connections, isWorker } = workerData as ThreadData;
// Logs written while it waits for PostgreSQL, before Nest sets its logger.
Logger.overrideLogger(await Log.open(settings));
// The main thread may already serve requests, so the process must not exit if PostgreSQL is unavailable.
const orm = await openOrm(databaseUrl, connections, { entities: ENTITIES, waitMs: Infinity });
const database = await Database.over(orm, databaseUrl);
const context = await createContext(settings, database, isWorker ? Roles.parse('worker') : Roles.none);
const importer = context.get(Importer);
const metrics = context.get(Metrics);
const running = new Set<Promise<void>>();

const main = parentPort!;
main.on('message', (order: Order) => {
  if ('stop' in order) void stop();
  else if ('metrics' in order) void sendMetrics(order.metrics);
  else {
    const work = (): Promise<void> => inLimit(order.limit, () => importFile(order));
    const run = withLogContext(order.logContext, () => inTrace(order.trace, work)).finally(() => running.delete(run));
    running.add(run);
  }
});
main.postMessage('ready', []);

async function sendMetrics(port: MessagePort): Promise<void> {
  metrics.watchLoop();
  port.postMessage(await metrics.values());
}

async function importFile({ id, kind, source, strict, replaceTags, port }: ImportOrder): Promise<void> {
  const answer = (message: Answer): void => port.postMessage(message);
  let rows = 0;
  const stream = Readable.from(pieces(port, () => answer({ rows })));
  try {
    const onProgress = (read: number): void => void (rows = read);
    answer({ record: await importer.importFile(kind, source, stream, { onProgress, id, strict, replaceTags }) });
  } catch (error) {
    answer({ failure: packError(error) });
  } finally {
    port.close();
  }
}

async function* pieces(port: MessagePort, onConsumed: () => void): AsyncGenerator<Buffer> {
  for await (const [piece] of on(port, 'message') as AsyncIterable<[Piece]>) {
    if ('end' in piece) return;
    if ('broken' in piece) throw unpackError(piece.broken);
    const { buffer, byteOffset, byteLength } = piece.bytes;
    yield Buffer.from(buffer, byteOffset, byteLength);
    onConsumed();
  }
}

/** Ends, in this order: active jobs (as long as Jobs waits for them), running imports, connections. */
async function stop(): Promise<void> {
  await context.close();
  await Promise.all(running);
  await orm.close(true);
  await endTraces();
  main.close();
}
