import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { DomainError } from '#libs/errors.js';
import { within } from '../../platform/clock/within.js';
import { CONNECT_TIMEOUT_MS } from '../../platform/database/request-scope.js';
import { currentLimit } from '../../platform/database/store-limit.js';
import type { FileKind } from '#libs/file-kind.js';
import type { EndedImport, ImportOptions, Importer } from '../../features/ingestion/imports/importer.js';
import { currentLogContext } from '../../platform/logging/log-context.js';
import type { MetricValues } from '../../platform/metrics/metrics.js';
import { currentTrace } from '../../platform/tracing/tracing.js';
import { type Answer, type Order, type Piece, type ThreadData, packError, unpackError } from './messages.js';

/** Pieces of a file, usually 64 kB, that may be in transit to the thread, so that it stays busy while this one is blocked. */
const PIECES_AHEAD = 16;

/**
 * A worker thread that imports files for the API and, if the process has the role `worker`, runs jobs. It keeps this work off the
 * event loop that serves requests. It takes 50 MB, so without jobs to run it starts at the first import.
 */
export class BulkThread implements Importer {
  /** Resolves when the thread has ended, or will not start; rejects when it ends without being told to. */
  readonly ended: Promise<void>;
  private readonly end = Promise.withResolvers<void>();
  private worker: Worker | undefined;
  private started: Promise<void> | undefined;
  private isReady = false;
  private isStopping = false;

  constructor(private readonly data: ThreadData) {
    this.ended = this.end.promise;
    // Callers still see a rejection. Without a caller yet, it must not be an unhandled one.
    this.ended.catch(() => {});
    if (data.isWorker) void this.start();
  }

  /** Resolves when the thread has done what it must before the process is ready; rejects when it cannot start. */
  get ready(): Promise<void> {
    return this.started ?? Promise.resolve();
  }

  /** Starts the thread unless it has been started. @returns resolves and rejects when `ready` does */
  private start(): Promise<void> {
    if (this.started) return this.started;
    const worker = new Worker(new URL('../bulk-worker.entry.js', import.meta.url), { workerData: this.data });
    worker.once('error', this.end.reject);
    worker.once('exit', (code) => {
      if (this.isStopping) this.end.resolve();
      else this.end.reject(new Error(`The bulk thread ended unexpectedly with exit code ${code}.`));
    });
    const isUp = once(worker, 'message').then(() => void (this.isReady = true));
    this.worker = worker;
    this.started = Promise.race([isUp, this.ended]);
    this.started.catch(() => {}); // as above
    return this.started;
  }

  /**
   * Runs Importer.importFile in the thread.
   * @throws DomainError unavailable when the thread ends meanwhile, or is not connected to PostgreSQL yet
   */
  async importFile(
    kind: FileKind,
    source: string,
    stream: Readable,
    { onProgress = () => {}, id, strict, replaceTags }: ImportOptions = {},
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
        reject(stopped());
      });
    });
    this.order(
      {
        id,
        kind,
        source,
        strict,
        replaceTags,
        port: theirs,
        limit: currentLimit(),
        logContext: currentLogContext(),
        trace: currentTrace(),
      },
      [theirs],
    );
    void send(stream, port, room);
    try {
      return await answer;
    } finally {
      port.close();
    }
  }

  private async readySoon(): Promise<void> {
    if (this.isReady) return;
    if (this.isStopping) throw stopped();
    await within(CONNECT_TIMEOUT_MS, this.start(), () => {
      const message =
        'Imports are not ready: the process is starting, or the database does not answer. Try again in a moment.';
      throw new DomainError('unavailable', message, { retryAfterSeconds: 5 });
    });
    if (!this.isReady) throw stopped();
  }

  /** The thread's metrics; none before it starts. A busy thread answers late; one that has ended never answers. */
  async metrics(): Promise<MetricValues[]> {
    if (!this.worker) return [];
    const { port1: port, port2: theirs } = new MessageChannel();
    this.order({ metrics: theirs }, [theirs]);
    const [values] = (await once(port, 'message')) as [MetricValues[]];
    port.close();
    return values;
  }

  /** Lets the thread finish its jobs and imports, then ends it. May be called again. @throws the error that ended the thread */
  async stop(): Promise<void> {
    const wasStopping = this.isStopping;
    this.isStopping = true;
    if (!this.worker) this.end.resolve();
    else if (!this.isReady) await this.worker.terminate(); // it has no work yet, and may be waiting for PostgreSQL
    else if (!wasStopping) this.order({ stop: true });
    await this.ended;
  }

  /** Ends the thread immediately, whatever it is doing. */
  async terminate(): Promise<void> {
    this.isStopping = true;
    await this.worker?.terminate();
  }

  private order(order: Order, transferred: MessagePort[] = []): void {
    this.worker!.postMessage(order, transferred);
  }
}

const stopped = (): DomainError =>
  new DomainError('unavailable', 'Storewatch stopped while it was importing the file. Send the file again.');

/** @param room resolves when another piece may be sent; never, if the thread accepts no more */
async function send(stream: Readable, port: MessagePort, room: () => Promise<void>): Promise<void> {
  const post = (piece: Piece, transferred: ArrayBuffer[] = []): void => port.postMessage(piece, transferred);
  // Not `for await`: on an error it would destroy the request, which still needs its response.
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (let next; !(next = await chunks.next()).done;) {
      await room();
      const bytes = transferable(next.value);
      post({ bytes }, [bytes.buffer]);
    }
    post({ end: true });
  } catch (error) {
    post({ broken: packError(error) });
  }
}

/** The bytes in an ArrayBuffer that can be transferred: a copy if the buffer may hold other data too. */
const transferable = (chunk: Buffer): Uint8Array<ArrayBuffer> =>
  chunk.buffer instanceof ArrayBuffer && chunk.length === chunk.buffer.byteLength
    ? new Uint8Array(chunk.buffer)
    : new Uint8Array(chunk);
