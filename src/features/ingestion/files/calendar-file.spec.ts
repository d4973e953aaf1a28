import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { StoreKeys } from '../../timezones/store-keys.js';
import type { TimezonesService } from '../../timezones/timezones.service.js';
import { readHeader } from './header.js';
import { TimezonesFile } from './timezones-file.js';

const COMMA = 0x2c;

/** The zone of each store that a file of these rows writes, and the problem of each row. */
async function written(rows: readonly string[], keys: StoreKeys): Promise<{ zones: object; problems: string[] }> {
  const zones: Record<string, string> = {};
  const timezones = {
    storeKeys: () => keys,
    resolveKeys: (_: StoreKeys, wanted: readonly number[]) =>
      Promise.resolve(Int32Array.from(wanted, (key) => key + 1)),
    replaceTimezones: (given: ReadonlyMap<number, string>) => {
      for (const [id, zone] of given) zones[keys.storeId(id - 1)] = zone;
      return Promise.resolve({ accepted: given.size, duplicate: 0 });
    },
  } as unknown as TimezonesService;
  const header = readHeader('store_timezones', ['store_id', 'timezone_str', 'note'], COMMA);
  if ('problem' in header) throw new Error(header.problem);
  const file = new TimezonesFile(header, timezones);
  const problems = rows.map((text, index) => {
    const bytes = Buffer.from(`##${text}##`);
    return file.row(bytes, 2, bytes.length - 2, text.includes('"'), index + 2) ?? '';
  });
  await file.flush(true);
  return { zones, problems };
}

describe('a calendar file', () => {
  const row = fc.record({
    id: fc.constantFrom('a', ' a', 'a ', '\u00a0a', '"a"', 'é', 'b c', '', ' ', '1.5E+3'),
    zone: fc.constantFrom('Europe/Paris', 'europe/paris', ' Asia/Tokyo', 'Central Standard Time', 'BST', '', 'x,y'),
    note: fc.constantFrom('', '1', '2'),
  });

  it('reads a row the same way whether or not its store or its other fields have occurred before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (given) => {
        const rows = given.map(({ id, zone, note }) => `${id},${zone},${note}`);
        const known = new StoreKeys();
        for (const id of ['a', 'z', 'é']) known.of(id);
        const { zones, problems } = await written(rows, known);
        const alone = await Promise.all(rows.map((text) => written([text], new StoreKeys())));
        expect(problems).toEqual(alone.map((one) => one.problems[0]));
        expect(zones).toEqual(Object.assign({}, ...alone.map((one) => one.zones)));
      }),
    );
  });
});
