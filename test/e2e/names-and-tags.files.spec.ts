import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counts } from './files.js';
import { type Answer, type ImportBody, load, problemOf, rejectsOf, send, sendFile } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;
beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

const COUNTS = { read: 0, accepted: 0, duplicate: 0, rejected: 0 };
const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;
const loadStores = (...lines: string[]): Promise<ImportBody> => load(server, 'stores', csv(...lines));
const sendWith = (query: string, ...lines: string[]): Promise<Answer> =>
  send(server, `/v1/imports/stores?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv' },
    body: csv(...lines),
  });

async function known(id: string): Promise<{ name: string | null; tags: object }> {
  const { name, tags } = (await send(server, `/v1/stores/${id}`)).json() as { name: string | null; tags: object };
  return { name, tags };
}

describe('POST /v1/imports/stores', () => {
  it('sets name and tags, adds unknown stores, and changes nothing the second time', async () => {
    const lines = ['region,NAME,Store_ID,brand', 'North,"Corner ""A"", Dallas",f1,', ' Süd ,, f2 ,Corner'];
    expect(counts(await loadStores(...lines))).toEqual({ ...COUNTS, read: 2, accepted: 2 });
    expect(await known('f1')).toEqual({ name: 'Corner "A", Dallas', tags: { region: 'North' } });
    expect(await known('f2')).toEqual({ name: null, tags: { region: 'Süd', brand: 'Corner' } });
    expect(counts(await loadStores(...lines))).toEqual({ ...COUNTS, read: 2, duplicate: 2 });
  });

  it('sets only what the file has columns for; an empty cell removes it', async () => {
    await loadStores('store_id,name,region,brand', 'g1,One,North,Corner', 'g2,Two,South,Corner');
    const loaded = await loadStores('store_id,region,city', 'g1,,Dallas');
    expect(counts(loaded)).toEqual({ ...COUNTS, read: 1, accepted: 1 });
    expect(await known('g1')).toEqual({ name: 'One', tags: { brand: 'Corner', city: 'Dallas' } });
    expect(await known('g2')).toEqual({ name: 'Two', tags: { region: 'South', brand: 'Corner' } });
    await loadStores('store_id,name', 'g1,');
    expect(await known('g1')).toEqual({ name: null, tags: { brand: 'Corner', city: 'Dallas' } });
  });

  it('uses the last row of a store', async () => {
    const loaded = await loadStores('store_id,region', 'h1,North', 'h2,West', 'h1,South');
    expect(counts(loaded)).toEqual({ ...COUNTS, read: 3, accepted: 2, duplicate: 1 });
    expect(await known('h1')).toEqual({ name: null, tags: { region: 'South' } });
  });

  it('with replace_tags=true removes the other tags of the stores in the file, and keeps the name', async () => {
    await loadStores('store_id,name,region,brand', 'r1,One,North,Corner', 'r2,Two,South,Corner');
    expect((await sendWith('replace_tags=true', 'store_id,region', 'r1,East')).json()).toMatchObject({ accepted: 1 });
    expect(await known('r1')).toEqual({ name: 'One', tags: { region: 'East' } });
    expect(await known('r2')).toEqual({ name: 'Two', tags: { region: 'South', brand: 'Corner' } });
    expect((await sendWith('replace_tags=false', 'store_id,city', 'r1,Dallas')).status).toBe(201);
    expect(await known('r1')).toEqual({ name: 'One', tags: { region: 'East', city: 'Dallas' } });
    expect(problemOf(await sendWith('replace_tags=yes', 'store_id,city', 'r1,x'))).toMatchObject({
      field: 'replace_tags',
      detail: 'replace_tags must be true or false, got "yes".',
    });
  });

  it('rejects invalid rows with line, column and reason, and uses the others', async () => {
    const long = 'x'.repeat(256);
    const loaded = await loadStores(
      'store_id,name,region',
      `i1,${'😀'.repeat(255)},`,
      `i2,${long},North`,
      'i3,Three,"a\u0007b"',
      'i4,Four,"two\nlines"',
      ',Five,North',
      'i6,Six,North,more',
      'i7,Seven,North',
    );
    expect(counts(loaded)).toEqual({ ...COUNTS, read: 7, accepted: 2, rejected: 5 });
    expect(await rejectsOf(server, loaded.import_id)).toEqual([
      ['3', expect.stringMatching(/^name must be text of at most 255 characters .*, got "x+…$/), `i2,${long},North`],
      [
        '4',
        expect.stringMatching(/^region must be .* without control characters, got "a\\u0007b"$/),
        expect.anything(),
      ],
      [
        '5',
        expect.stringMatching(/^region must be .* without control characters, got "two\\nlines"$/),
        expect.anything(),
      ],
      ['7', 'store_id is empty', ',Five,North'],
      ['8', 'the row has 4 fields, the header 3', 'i6,Six,North,more'],
    ]);
    expect(await known('i1')).toEqual({ name: '😀'.repeat(255), tags: {} });
    expect(await known('i7')).toEqual({ name: 'Seven', tags: { region: 'North' } });
    expect((await send(server, '/v1/stores/i2')).status).toBe(404);
  });

  it.each([
    [
      'store_id,Region Name',
      'the column of a tag must be named with 1 to 63 letters, digits and _, not beginning with a digit, got "Region Name"',
    ],
    ['store_id,1st', 'got "1st"'],
    [`store_id,${'k'.repeat(64)}`, `got "${'k'.repeat(58)}`],
    ['store_id,region,region', 'the column region is there 2 times'],
    ['store_id,name,Name', 'the column name is there 2 times'],
    ['store_id', 'it must have a column name or a column of a tag besides store_id'],
    ['name,region', 'the column store_id is missing; the header has "name,region"'],
    [`store_id,${Array.from({ length: 33 }, (_, i) => `t${i}`).join()}`, 'at most 32 columns of tags, got 33'],
  ])('refuses a file with the header %s', async (header, problem) => {
    const answer = await sendFile(server, 'stores', csv(header, 'x1,a,b'));
    expect(answer.status).toBe(400);
    expect(problemOf(answer).detail).toContain(`The file cannot be read as stores: `);
    expect(problemOf(answer).detail).toContain(problem);
  });

  it('keeps keys that differ in case apart, and ignores a column without a name', async () => {
    await loadStores('store_id,Region,region,', 'k1,North,South,ignored');
    expect(await known('k1')).toEqual({ name: null, tags: { Region: 'North', region: 'South' } });
  });

  describe('for a store with 32 tags', () => {
    const keys = Array.from({ length: 32 }, (_, i) => `t${i}`);
    const full = [`store_id,${keys.join()}`, `full,${keys.map(() => 'x').join()}`] as const;

    it('rejects a row that adds another, and uses one that also removes one', async () => {
      await loadStores(...full);
      const loaded = await loadStores('store_id,name,extra', 'full,Full,y', 'free,Free,y');
      expect(counts(loaded)).toEqual({ ...COUNTS, read: 2, accepted: 1, rejected: 1 });
      expect(await rejectsOf(server, loaded.import_id)).toEqual([
        ['2', 'store "full" must have at most 32 tags, got 33 with those it has', 'full,Full,y'],
      ]);
      expect(await known('full')).toEqual({ name: null, tags: Object.fromEntries(keys.map((key) => [key, 'x'])) });
      expect(counts(await loadStores('store_id,t0,extra', 'full,,y'))).toMatchObject({ accepted: 1 });
      expect(await known('full')).toMatchObject({ tags: { extra: 'y', t1: 'x' } });
    });

    it('uses nothing of a strict file with such a row', async () => {
      await loadStores(full[0], full[1].replace('full', 'full2'));
      const answer = await sendWith('strict=true', 'store_id,extra', 'other,y', 'full2,y');
      expect(answer.status).toBe(422);
      expect(problemOf(answer).detail).toMatch(
        /because 1 of 2 rows .* strict\. Line 3: store "full2" must have at most 32/,
      );
      expect((await send(server, '/v1/stores/other')).status).toBe(404);
    });
  });
});
