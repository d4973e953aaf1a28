import { FILE_KINDS, kindOf } from '../../../libs/file-kind.js';
import type { ImportKind } from './file-kind.js';
import type { Import } from './load-file.js';

/** A file in the queue. */
export interface QueuedFile {
  readonly id: number;
  readonly file: File;
  /** undefined: not clear from the file name. */
  readonly kind?: ImportKind;
  readonly state: 'kind needed' | 'queued' | 'loading' | 'loaded' | 'failed';
  /** Bytes sent; undefined before the upload starts. */
  readonly sent?: number;
  readonly loaded?: Import;
  readonly error?: Error;
}

type Load = (kind: ImportKind, file: File, onSent: (bytes: number) => void) => Promise<Import>;

/** Uploads files one at a time, calendars before polls. Uploads continue when the user opens another view. */
export class FileQueue {
  /** In the order in which they were added. Each change replaces the array. */
  files: readonly QueuedFile[] = [];
  private lastId = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly load: Load) {}

  /** @returns a function that removes the listener */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  add(files: readonly File[]): void {
    const added = files.map((file): QueuedFile => {
      const kind = kindOf(file.name);
      return { id: ++this.lastId, file, ...(kind && { kind }), state: kind ? 'queued' : 'kind needed' };
    });
    this.update([...this.files, ...added]);
  }

  /** Queues a file after the user chose its kind, or again after it failed. */
  enqueue(id: number, kind: ImportKind): void {
    this.update(
      this.files.map((each) =>
        each.id === id && (each.state === 'kind needed' || each.state === 'failed')
          ? { id, file: each.file, kind, state: 'queued' }
          : each,
      ),
    );
  }

  /** Removes a file, unless it is being uploaded. */
  remove(id: number): void {
    this.update(this.files.filter((each) => each.id !== id || each.state === 'loading'));
  }

  private update(files: readonly QueuedFile[]): void {
    this.files = files;
    const next = nextOf(files);
    if (next) this.start(next);
    for (const listener of this.listeners) listener();
  }

  private start({ id, file, kind }: QueuedFile & { kind: ImportKind }): void {
    const change = (changed: Partial<QueuedFile>): void =>
      this.update(this.files.map((each) => (each.id === id ? { ...each, ...changed } : each)));
    this.files = this.files.map((each) => (each.id === id ? { ...each, state: 'loading' } : each));
    this.load(kind, file, (sent) => change({ sent })).then(
      (loaded) => change({ state: 'loaded', loaded }),
      (error: Error) => change({ state: 'failed', error }),
    );
  }
}

export const isBusy = (files: readonly QueuedFile[]): boolean =>
  files.some(({ state }) => state === 'queued' || state === 'loading');

function nextOf(files: readonly QueuedFile[]): (QueuedFile & { kind: ImportKind }) | undefined {
  if (files.some(({ state }) => state === 'loading')) return undefined;
  const waiting = files.filter((each): each is QueuedFile & { kind: ImportKind } => each.state === 'queued');
  return FILE_KINDS.map((kind) => waiting.find((each) => each.kind === kind)).find((each) => each !== undefined);
}
