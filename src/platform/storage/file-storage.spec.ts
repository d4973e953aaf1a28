import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { holdsStorageContract } from '../../../test/setup/storage-contract.js';
import { FileStorage } from './file-storage.js';

let dir: string;
let storage: FileStorage;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-storage-'));
  storage = new FileStorage(join(dir, 'made', 'when needed'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function files(): Promise<string[]> {
  const entries = await readdir(storage.place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(storage.place, join(entry.parentPath, entry.name)))
    .sort();
}

describe('a storage in a folder', () => {
  holdsStorageContract(() => storage, files);

  it('tells where its files are', async () => {
    await storage.put('a/b.csv', ['1']);
    expect((await stat(storage.location('a/b.csv'))).size).toBe(1);
  });

  it('reports an unusable folder', async () => {
    await writeFile(join(dir, 'file'), '');
    const hindered = new FileStorage(join(dir, 'file'));
    const message = expect.stringMatching(/^The storage .*(EEXIST|ENOTDIR)/);
    await expect(hindered.check()).rejects.toMatchObject({ code: 'unavailable', message });
    await expect(hindered.put('a/b.csv', [''])).rejects.toMatchObject({ code: 'unavailable', message });
    await expect(hindered.get('a/b.csv')).rejects.toMatchObject({ code: 'unavailable', message });
    await expect(hindered.removeAll('a/b')).rejects.toMatchObject({ code: 'unavailable', message });
    await expect(hindered.remove(['a/b', 'a/c', 'a/d', 'a/e'])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^The storage could not remove 4 files, including a\/b: ENOTDIR/),
    });
  });

  it('passes on an error of the content unchanged', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const content = (async function* () {
      yield 'begun';
      throw refused;
    })();
    await expect(storage.put('a/c.csv', content)).rejects.toBe(refused);
  });
});
