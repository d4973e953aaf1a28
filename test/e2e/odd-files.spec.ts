import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { HEADER, counts, failedImport, garbage, good, expectNextFileAccepted } from './files.js';
import { load, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const MEGABYTE = 1024 * 1024;

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());
afterEach(() => expectNextFileAccepted(server));

describe('an incomplete gzip', () => {
  const zipped = (rows: number): Buffer<ArrayBuffer> =>
    gzipSync(HEADER.store_status + Array.from({ length: rows }, (_, i) => good(`zip${rows}-${i}`)).join(''));

  it.each([
    ['its last bytes are missing', 3, (file: Buffer) => file.length - 4],
    ['it ends in the middle', 30_000, (file: Buffer) => Math.floor(file.length / 2)],
  ])('keeps the rows before the break: %s', async (_where, rows, end) => {
    const whole = zipped(rows);
    const broken = Buffer.from(whole.subarray(0, end(whole)));
    const readable = gunzipSync(broken, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    const lines = readable.split('\n').length - 1;

    const { error, record } = await failedImport(server, 'store_status', broken);

    expect(error).toBe(`The gzip data ends too early, after line ${lines}. Rows up to that point are kept.`);
    expect(counts(record)).toEqual({ read: lines - 1, accepted: lines - 1, duplicate: 0, rejected: 0 });
  });

  it('that ends before its first row says that no row was read', async () => {
    const { error, record } = await failedImport(server, 'store_status', Buffer.from(zipped(3).subarray(0, 12)));
    expect(error).toBe('The gzip data ends too early, after line 0. No row was read.');
    expect(counts(record)).toEqual({ read: 0, accepted: 0, duplicate: 0, rejected: 0 });
  });

  it('with a corrupt byte is reported as corrupt', async () => {
    const broken = zipped(3);
    broken[broken.length - 6] ^= 0xff;

    const { error } = await failedImport(server, 'store_status', broken);

    expect(error).toMatch(/^The gzip data is damaged \(.+\), after line \d+\. Rows up to that point are kept\.$/);
  });

  it('with corruption near its start is answered before the rest of the request arrives', async () => {
    const noise = garbage(MEGABYTE);
    const broken = Buffer.concat([zipped(3).subarray(0, 40), ...Array.from({ length: 20 }, () => noise)]);

    const { error } = await failedImport(server, 'store_status', broken);

    expect(error).toMatch(/^The gzip data is damaged \(/);
  });

  it('can be sent again in full, and the missing rows are added', async () => {
    const whole = zipped(4);
    const { record } = await failedImport(server, 'store_status', Buffer.from(whole.subarray(0, whole.length - 8)));

    const again = await load(server, 'store_status', whole);

    expect(counts(again)).toEqual({ read: 4, accepted: 4 - record.accepted, duplicate: record.accepted, rejected: 0 });
  });
});

describe('unusual but valid files', () => {
  const text = (rows: string): string => HEADER.store_status + rows;

  it.each<[string, () => string, number]>([
    ['a header and no rows', () => text(''), 0],
    ['a header without a line break', () => HEADER.store_status.trim(), 0],
    ['a byte-order mark', () => `\ufeff${text(good('odd1'))}`, 1],
    ['CRLF', () => text(good('odd2') + good('odd2')).replaceAll('\n', '\r\n'), 2],
    ['no final line break', () => text(good('odd3') + good('odd3')).trimEnd(), 2],
    ['blank lines', () => text(`\n${good('odd4')}\r\n\n${good('odd4')}\n`), 2],
    [
      'reordered and additional columns',
      () => 'note,timestamp_utc,store_id, STATUS \n,2023-01-22T00:00:00Z,odd5,Active\n',
      1,
    ],
  ])('are read: %s', async (_what, body, rows) => {
    const loaded = await load(server, 'store_status', body());

    expect(loaded).toMatchObject({ status: 'Complete', error: null });
    expect(counts(loaded)).toEqual({ read: rows, accepted: rows, duplicate: 0, rejected: 0 });
  });

  it.each([
    ['a comma', '"Main St, 5"', 'Main St, 5'],
    ['a quote', '"the ""best"""', 'the "best"'],
    ['nothing special', '"plain"', 'plain'],
  ])('are read: quoted cells with %s inside', async (_what, cell, id) => {
    const body = `"store_id","timezone_str"\r\n${cell},"Asia/Tokyo"\r\n`;

    expect(counts(await load(server, 'store_timezones', body))).toMatchObject({ read: 1, accepted: 1 });
    expect((await send(server, `/v1/stores/${encodeURIComponent(id)}`)).json()).toMatchObject({ store_id: id });
  });
});
