import { describe, expect, it } from '@jest/globals';
import type { ImportKind } from './file-kind.js';
import { FileQueue, isBusy } from './file-queue.js';
import type { Import } from './load-file.js';

const file = (name: string): File => new File(['store_id\n'], name);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const importOf = (kind: ImportKind): Import => ({
  import_id: '5a3e1c9e-0000-4000-8000-000000000002',
  kind,
  status: 'Complete',
  read: 1,
  accepted: 1,
  duplicate: 0,
  rejected: 0,
  reject_reasons: [],
  warnings: [],
  error: null,
  started_at: '2026-01-12T17:00:01.004Z',
  finished_at: '2026-01-12T17:00:01.611Z',
});

interface Sent {
  readonly kind: ImportKind;
  readonly name: string;
  readonly sent: (bytes: number) => void;
  readonly loaded: () => Promise<void>;
  readonly failed: (error: Error) => Promise<void>;
}

/** A queue whose uploads finish when the test says so. */
function start(): { queue: FileQueue; sends: Sent[]; states: () => string[] } {
  const sends: Sent[] = [];
  const queue = new FileQueue((kind, { name }, sent) => {
    const { promise, resolve, reject } = Promise.withResolvers<Import>();
    const loaded = (): Promise<void> => (resolve(importOf(kind)), settled());
    sends.push({ kind, name, sent, loaded, failed: (error) => (reject(error), settled()) });
    return promise;
  });
  return { queue, sends, states: () => queue.files.map(({ state }) => state) };
}

describe('FileQueue', () => {
  it('uploads one file at a time, calendars before polls', async () => {
    const { queue, sends } = start();
    queue.add(['store_status.csv', 'special_hours.csv', 'menu_hours.csv.gz', 'timezones.csv'].map(file));
    for (let i = 0; i < 4; i++) {
      expect(sends).toHaveLength(i + 1);
      expect(isBusy(queue.files)).toBe(true);
      await sends[i].loaded();
    }
    expect(sends.map(({ kind }) => kind)).toEqual([
      'store_timezones',
      'business_hours',
      'special_hours',
      'store_status',
    ]);
    expect(queue.files.map(({ state, loaded }) => [state, loaded?.read])).toEqual(sends.map(() => ['loaded', 1]));
    expect(isBusy(queue.files)).toBe(false);
  });

  it('asks for a kind that the name does not show, without blocking other files', async () => {
    const { queue, sends, states } = start();
    queue.add([file('mine.csv'), file('store_status.csv'), file('other.csv')]);
    expect(states()).toEqual(['kind needed', 'loading', 'kind needed']);
    queue.enqueue(queue.files[0].id, 'store_life');
    queue.remove(queue.files[2].id);
    expect(states()).toEqual(['queued', 'loading']);
    await sends[0].loaded();
    expect([sends[1].name, sends[1].kind, ...states()]).toEqual(['mine.csv', 'store_life', 'loading', 'loaded']);
  });

  it('continues after a failed file, and can retry it', async () => {
    const { queue, sends, states } = start();
    queue.add([file('timezones.csv'), file('store_status.csv')]);
    await sends[0].failed(new Error('no such column'));
    expect(states()).toEqual(['failed', 'loading']);
    expect(queue.files[0].error?.message).toBe('no such column');
    queue.enqueue(queue.files[0].id, 'store_timezones');
    expect(queue.files[0]).not.toHaveProperty('error');
    await sends[1].loaded();
    expect(states()).toEqual(['loading', 'loaded']);
  });

  it('reports every change, and does not remove a running upload', () => {
    const { queue, sends } = start();
    const seen: (number | undefined)[] = [];
    const end = queue.onChange(() => seen.push(queue.files[0]?.sent));
    queue.add([file('store_status.csv')]);
    sends[0].sent(5);
    queue.remove(queue.files[0].id);
    end();
    sends[0].sent(9);
    expect(seen).toEqual([undefined, 5, 5]);
    expect(queue.files[0].sent).toBe(9);
  });
});
