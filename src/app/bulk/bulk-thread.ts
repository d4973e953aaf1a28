import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { DomainError } from '#libs/errors.js';
import { within } from '../../platform/clock/within.js';
import { CONNECT_TIMEOUT_MS } from '../../platform/database/request-scope.js';
import type { ImportKind } from '../../features/ingestion/files/import-kind.js';
import type { EndedImport, ImportOptions, Importer } from '../../features/ingestion/imports/importer.js';
import { currentTrail } from '../../platform/logging/log-context.js';
import type { MetricValues } from '../../platform/metrics/metrics.js';
import { currentTrace } from '../../platform/tracing/tracing.js';
import { type Answer, type Order, type Piece, type ThreadData, packError, unpackError } from './messages.js';

/** Pieces of a file, 64 kB as a rule, that are on their way to the thread: enough for it to go on while this one is busy. */
const PIECES_AHEAD = 16;

/**
 * The thread that reads and writes files for the API, and works off jobs where the process has that role, so that requests
 * do not share an event loop with them.
 */
export class BulkThread implements Importer {
  /** When the thread works; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** When the thread has ended; rejects when nobody told it to. */
  readonly ended: Promise<void>;
  private readonly worker: Worker;
  private isReady = false;
  private isStopping = false;

  constructor(data: ThreadData) {
    this.worker = new Worker(new URL('../bulk-worker.entry.js', import.meta.url), { workerData: data });
    this.ended = new Promise((resolve, reject) => {
      this.worker.once('error', reject);
      this.worker.once('exit', (code) => {
        if (this.isStopping) resolve();
        else reject(new Error(`The thread for bulk work ended by itself (${code}).`));
      });
    });
    const said = once(this.worker, 'message').then(() => void (this.isReady = true));
    this.ready = Promise.race([said, this.ended]);
    // Whoever waits hears of it; nobody may be waiting yet.
    for (const promise of [this.ready, this.ended]) promise.catch(() => {});
  }

  /**
   * Importer.importFile, over there.
   * @throws DomainError unavailable when the thread ends meanwhile, or waits for PostgreSQL itself
   */
  async importFile(
    kind: ImportKind,
    source: string,
    stream: Readable,
    { onProgress = () => {}, id, strict }: ImportOptions = {},
  ): Promise<EndedImport> {
    await this.readySoon();
    const { port1: port, port2: theirs } = new MessageChannel();
    let waiting = (): void => {};
    let ahead = 0;
    const room = async (): Promise<void> => {
      if (++ahead > PIECES_AHEAD) await new Promise<void>((resolve) => (waiting = resolve));
    };
    const answer = new Promise<EndedImport>((resolve, reject) => {
      port.on('message', (message: Answer) => {
        if ('record' in message) return resolve(message.record);
        if ('failure' in message) return reject(unpackError(message.failure));
        ahead--;
        waiting();
        onProgress(message.rows);
      });
      port.on('close', () => {
        reject(new DomainError('unavailable', 'Storewatch ended while the file was loaded. Send it again.'));
      });
    });
    this.order({ id, kind, source, strict, port: theirs, trail: currentTrail(), trace: currentTrace() }, [theirs]);
    void send(stream, port, room);
    try {
      return await answer;
    } finally {
      port.close();
    }
  }

  private async readySoon(): Promise<void> {
    if (this.isReady) return;
    await within(CONNECT_TIMEOUT_MS, this.ready, () => {
      const message = 'The database does not answer. Try again in a moment.';
      throw new DomainError('unavailable', message, undefined, { retryAfterSeconds: 5 });
    });
  }

  /** What the thread has counted and measured. A thread that computes answers late, one that has ended never. */
  async metrics(): Promise<MetricValues[]> {
    const { port1: port, port2: theirs } = new MessageChannel();
    this.order({ metrics: theirs }, [theirs]);
    const [values] = (await once(port, 'message')) as [MetricValues[]];
    port.close();
    return values;
  }

  /** Lets the thread end jobs and imports in hand, and then itself. Repeatable. @throws what it died of */
  async stop(): Promise<void> {
    const isTold = this.isStopping;
    this.isStopping = true;
    if (!this.isReady) await this.worker.terminate(); // it has nothing in hand, and may be waiting for PostgreSQL
    else if (!isTold) this.order({ stop: true });
    await this.ended;
  }

  /** Ends it in the middle of whatever it does. */
  async terminate(): Promise<void> {
    this.isStopping = true;
    await this.worker.terminate();
  }

  private order(order: Order, transferred: MessagePort[] = []): void {
    this.worker.postMessage(order, transferred);
  }
}

/** @param room waits until another piece may be sent: for ever, when the thread wants no more */
async function send(stream: Readable, port: MessagePort, room: () => Promise<void>): Promise<void> {
  const post = (piece: Piece, transferred: ArrayBuffer[] = []): void => port.postMessage(piece, transferred);
  // Not for await, which would destroy a request that can still be answered.
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (let next; !(next = await chunks.next()).done;) {
      await room();
      const bytes = whole(next.value);
      post({ bytes }, [bytes.buffer]);
    }
    post({ end: true });
  } catch (error) {
    post({ broken: packError(error) });
  }
}

/** The bytes in memory that can be given away: a copy, when something else may lie beside them. */
const whole = (chunk: Buffer): Uint8Array<ArrayBuffer> =>
  chunk.buffer instanceof ArrayBuffer && chunk.length === chunk.buffer.byteLength
    ? new Uint8Array(chunk.buffer)
    : new Uint8Array(chunk);
