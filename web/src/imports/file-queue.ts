import { FILE_KINDS, kindOf } from '../../../libs/file-kind.js';
import type { ImportKind } from './file-kind.js';
import type { Import } from './load-file.js';

/** A file on its way. */
export interface Loading {
  readonly id: number;
  readonly file: File;
  /** undefined: the name does not tell. */
  readonly kind?: ImportKind;
  readonly state: 'asking' | 'waiting' | 'loading' | 'loaded' | 'refused';
  /** Bytes; undefined: none yet. */
  readonly sent?: number;
  readonly loaded?: Import;
  readonly error?: Error;
}

type Load = (kind: ImportKind, file: File, onSent: (bytes: number) => void) => Promise<Import>;

/** Files are loaded one after the other, calendars before polls; whatever view is shown meanwhile. */
export class FileQueue {
  /** In the order in which they came; replaced with every change. */
  files: readonly Loading[] = [];
  private lastId = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly load: Load) {}

  /** @returns ends it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  add(files: readonly File[]): void {
    const added = files.map((file): Loading => {
      const kind = kindOf(file.name);
      return { id: ++this.lastId, file, ...(kind && { kind }), state: kind ? 'waiting' : 'asking' };
    });
    this.become([...this.files, ...added]);
  }

  /** Says what a file holds, or that one which was refused is to be sent once more. */
  enqueue(id: number, kind: ImportKind): void {
    this.become(
      this.files.map((each) =>
        each.id === id && (each.state === 'asking' || each.state === 'refused')
          ? { id, file: each.file, kind, state: 'waiting' }
          : each,
      ),
    );
  }

  /** Takes a file out that is not being loaded. */
  leaveOut(id: number): void {
    this.become(this.files.filter((each) => each.id !== id || each.state === 'loading'));
  }

  private become(files: readonly Loading[]): void {
    this.files = files;
    const next = nextOf(files);
    if (next) this.begin(next);
    for (const listener of this.listeners) listener();
  }

  private begin({ id, file, kind }: Loading & { kind: ImportKind }): void {
    const change = (changed: Partial<Loading>): void =>
      this.become(this.files.map((each) => (each.id === id ? { ...each, ...changed } : each)));
    this.files = this.files.map((each) => (each.id === id ? { ...each, state: 'loading' } : each));
    this.load(kind, file, (sent) => change({ sent })).then(
      (loaded) => change({ state: 'loaded', loaded }),
      (error: Error) => change({ state: 'refused', error }),
    );
  }
}

export const isBusy = (files: readonly Loading[]): boolean =>
  files.some(({ state }) => state === 'waiting' || state === 'loading');

function nextOf(files: readonly Loading[]): (Loading & { kind: ImportKind }) | undefined {
  if (files.some(({ state }) => state === 'loading')) return undefined;
  const waiting = files.filter((each): each is Loading & { kind: ImportKind } => each.state === 'waiting');
  return FILE_KINDS.map((kind) => waiting.find((each) => each.kind === kind)).find((each) => each !== undefined);
}
