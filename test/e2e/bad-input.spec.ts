import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { type ImportBody, type ImportKind, load, problemOf, rejectsOf, send, sendFile } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const HEADER: Record<ImportKind, string> = {
  store_status: 'store_id,status,timestamp_utc\n',
  business_hours: 'store_id,dayOfWeek,start_time_local,end_time_local\n',
  store_timezones: 'store_id,timezone_str\n',
};
const MEGABYTE = 1024 * 1024;

let server: Storewatch;
let polls = 0;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

// Whatever a file was, the server takes the next one.
afterEach(async () => {
  expect(await send(server, '/readyz')).toMatchObject({ status: 200 });
  expect(await load(server, 'store_status', HEADER.store_status + good('afterwards'))).toMatchObject({ accepted: 1 });
});

/** A row of store_status.csv that is like no other. */
function good(id: string): string {
  return `${id},active,${new Date(Date.UTC(2023, 0, 22) + polls++ * 1000).toISOString()}\n`;
}

/** Bytes that mean nothing, always the same, without the ones to leave out. */
function garbage(length: number, leftOut: readonly number[] = []): Buffer<ArrayBuffer> {
  const bytes: number[] = [];
  for (let i = 0; bytes.length < length; i++) {
    bytes.push(
      ...createHash('sha256')
        .update(`${i}`)
        .digest()
        .filter((byte) => !leftOut.includes(byte)),
    );
  }
  return Buffer.from(bytes.slice(0, length));
}

const counts = ({ read, accepted, duplicate, rejected }: ImportBody): object => ({
  read,
  accepted,
  duplicate,
  rejected,
});

/** The import that could not be read to the end of its file, and why. */
async function failedImport(
  kind: ImportKind,
  body: string | Buffer<ArrayBuffer>,
): Promise<{ error: string; record: ImportBody }> {
  const answer = await sendFile(server, kind, body);
  expect(answer.status).toBe(400);
  const { detail, import: record } = problemOf(answer);
  if (!record) throw new Error(`There is no import in ${answer.text}`);
  expect(record).toMatchObject({ status: 'Failed', error: detail });
  expect(record.read).toBe(record.accepted + record.duplicate + record.rejected);
  expect(Math.min(record.accepted, record.duplicate, record.rejected)).toBeGreaterThanOrEqual(0);
  expect((await send(server, `/v1/imports/${record.import_id}`)).json()).toEqual(record);
  return { error: detail, record };
}

describe('a header that cannot be used', () => {
  it.each<[string, ImportKind, string, string]>([
    [
      'a missing column',
      'store_status',
      'store_id,state,timestamp_utc\nA,active,2023-01-22T00:00:00Z\n',
      'the column status is missing; the header has "store_id,state,timestamp_utc"',
    ],
    [
      'a missing column with several names',
      'business_hours',
      'store_id,start_time_local,end_time_local\nA,09:00,17:00\n',
      'the column dayOfWeek (or day, day_of_week) is missing; the header has "store_id,start_time_local,end_time_local"',
    ],
    [
      'a duplicated column',
      'store_status',
      'store_id,status,Status,timestamp_utc\n',
      'the column status is there 2 times',
    ],
    ['two names of one column', 'store_timezones', 'store_id,timezone,timezone_str\n', 'is there 2 times'],
    ['no header, but data', 'store_timezones', 'A,Asia/Tokyo\n', 'the header has "A,Asia/Tokyo"'],
    [
      'an unclosed quote',
      'store_timezones',
      '"store_id,timezone_str\nA,Asia/Tokyo\n',
      'a quote (") that is never closed',
    ],
    ['an empty file', 'store_status', '', 'it is empty, without even a header'],
    ['nothing but blank lines', 'store_status', '\n\r\n\n', 'it is empty, without even a header'],
    ['nothing but a byte-order mark', 'store_status', '\ufeff', 'it is empty, without even a header'],
  ])('%s is named', async (_what, kind, body, reason) => {
    const { error } = await failedImport(kind, body);

    expect(error).toContain(`The file cannot be read as ${kind}: `);
    expect(error).toContain(reason);
  });

  it('with broken quotes is named itself, not the row after it', async () => {
    const { error } = await failedImport('store_timezones', '"store_id"x,timezone_str\nA,Asia/Tokyo\n');

    expect(error).toMatch(/quote/i);
    expect(error).not.toContain('Asia/Tokyo');
  });

  it('longer than a line may be is said to be so', async () => {
    const { error } = await failedImport('store_timezones', `${'x'.repeat(2 * MEGABYTE)}\nA,Asia/Tokyo\n`);

    expect(error).toContain('its first line is longer than 1048576 bytes (MAX_LINE_BYTES)');
  });

  it.each([
    ['random bytes', garbage(100_000)],
    ['zeros', Buffer.alloc(100_000)],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['UTF-16', Buffer.from(`\ufeff${HEADER.store_status}`, 'utf16le')],
    ['what begins like gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), garbage(1_000)])],
  ])('binary garbage is refused: %s', async (_what, body) => {
    const { error } = await failedImport('store_status', body);

    expect(error).toMatch(/missing; the header has|gzip data is damaged|gzip data ends too early|never closed/);
  });
});

describe('rows that cannot be used', () => {
  it.each<[string, ImportKind, string, string, string]>([
    [
      'an unknown timezone',
      'store_timezones',
      'X,Mars/Olympus',
      'Y,Asia/Tokyo',
      'timezone_str: "Mars/Olympus" is not a zone',
    ],
    [
      '25:00:00 as a start',
      'business_hours',
      'X,0,25:00:00,26:00:00',
      'Y,0,09:00:00,17:00:00',
      'start_time_local: "25:00:00" is not',
    ],
    [
      '25:00:00 as an end',
      'business_hours',
      'X,0,09:00:00,25:00:00',
      'Y,0,09:00:00,17:00:00',
      'end_time_local: "25:00:00" is not',
    ],
    [
      'dayOfWeek 7',
      'business_hours',
      'X,7,09:00:00,17:00:00',
      'Y,6,09:00:00,17:00:00',
      'dayOfWeek: "7" is not a day from 0 (Monday) to 6 (Sunday)',
    ],
    [
      'a status maybe',
      'store_status',
      'X,maybe,2023-01-22T00:00:00Z',
      'Y,active,2023-01-22T00:00:00Z',
      'status: "maybe" is neither active nor inactive',
    ],
    [
      'a broken timestamp',
      'store_status',
      'X,active,2023-01-22 12:61:00 UTC',
      'Y,active,2023-01-22T00:00:01Z',
      'timestamp_utc: "2023-01-22 12:61:00 UTC" is not a timestamp; write',
    ],
    [
      'too few fields',
      'store_status',
      'X,active',
      'Y,active,2023-01-22T00:00:02Z',
      'the row has 2 fields, the header 3',
    ],
    ['too many fields', 'store_timezones', 'X,Asia/Tokyo,1', 'Y,Asia/Seoul', 'the row has 3 fields, the header 2'],
    ['an empty id', 'store_timezones', ',Asia/Tokyo', 'Y,Asia/Manila', 'store_id is empty'],
    [
      'NUL in an id',
      'store_status',
      'X\0X,active,2023-01-22T00:00:00Z',
      'Y,active,2023-01-22T00:00:03Z',
      'store_id holds a control character',
    ],
    [
      'NUL in a status',
      'store_status',
      'X,act\0ive,2023-01-22T00:00:00Z',
      'Y,active,2023-01-22T00:00:04Z',
      'status: "act\\u0000ive" is neither',
    ],
    [
      'a line break in a quoted id',
      'store_timezones',
      '"X\nX",Asia/Tokyo',
      'Y,Asia/Dubai',
      'store_id holds a control character',
    ],
    [
      'a quote that is never closed',
      'store_timezones',
      '"X,Asia/Tokyo',
      'Y,Asia/Dhaka',
      'the row has a quote (") that is never closed',
    ],
    ['text after a quote', 'store_timezones', '"X"x,Asia/Tokyo', 'Y,Asia/Kabul', 'uote'],
  ])('%s: the line and the field are named, the rows around it are kept', async (_what, kind, bad, row, reason) => {
    const before = row.replace('Y', 'Y1');
    const after = row.replace('Y', 'Y2');
    const badLines = bad.split('\n').length;

    const loaded = await load(server, kind, `${HEADER[kind]}${before}\n${bad}\n${after}\nZ\n`);

    expect(loaded).toMatchObject({ status: 'Complete', read: 4, accepted: 2, duplicate: 0, rejected: 2, error: null });
    const [[line, said, raw], last] = (await rejectsOf(server, loaded.import_id)) as [string[], string[]];
    expect({ line, raw }).toEqual({ line: '3', raw: bad.replaceAll('\0', '\ufffd') });
    expect(said).toContain(reason);
    expect(last[0]).toBe(String(5 + badLines - 1));
    expect(await send(server, '/v1/stores/X')).toMatchObject({ status: 404 });
  });

  it('an id that is no UTF-8 is rejected', async () => {
    const row = Buffer.concat([Buffer.from([0x58, 0xff, 0xfe]), Buffer.from(good(''))]);

    const loaded = await load(
      server,
      'store_status',
      Buffer.concat([Buffer.from(HEADER.store_status), row, Buffer.from(good('u'))]),
    );

    expect(counts(loaded)).toEqual({ read: 2, accepted: 1, duplicate: 0, rejected: 1 });
    expect((await rejectsOf(server, loaded.import_id))[0]?.slice(0, 2)).toEqual(['2', 'store_id is not valid UTF-8']);
  });

  it.each([
    ['plain', `X,${'x'.repeat(10 * MEGABYTE)}\n`, 'is longer than 1048576 bytes (MAX_LINE_BYTES)'],
    ['in quotes', `X,"${'x'.repeat(10 * MEGABYTE)}"\n`, 'is longer than 1048576 bytes (MAX_LINE_BYTES)'],
  ])('a line of 10 MB is rejected, %s, and those after it are kept', async (_how, line, reason) => {
    const body = `${HEADER.store_status}${good('long1')}${line}${good('long2')}short\n${good('long3')}`;

    const loaded = await load(server, 'store_status', body);

    expect(counts(loaded)).toEqual({ read: 5, accepted: 3, duplicate: 0, rejected: 2 });
    const [long, short] = await rejectsOf(server, loaded.import_id);
    expect(long?.slice(0, 2)).toEqual(['3', `the row ${reason}`]);
    expect(long?.[2].length).toBeLessThanOrEqual(1_000);
    expect(short?.[0]).toBe('5');
  });

  it('lines of binary garbage are rejected, and the rows between them are kept', async () => {
    const lines = [1, 2, 3].map((n) => [garbage(n * 1_000, [0x0a, 0x22]), Buffer.from(`\n${good(`between${n}`)}`)]);

    const loaded = await load(
      server,
      'store_status',
      Buffer.concat([Buffer.from(HEADER.store_status), ...lines.flat()]),
    );

    expect(counts(loaded)).toEqual({ read: 6, accepted: 3, duplicate: 0, rejected: 3 });
    expect((await rejectsOf(server, loaded.import_id)).map(([line]) => line)).toEqual(['2', '4', '6']);
  });
});

describe('a gzip that is not whole', () => {
  const zipped = (rows: number): Buffer<ArrayBuffer> =>
    gzipSync(HEADER.store_status + Array.from({ length: rows }, (_, i) => good(`zip${rows}-${i}`)).join(''));

  it.each([
    ['its last bytes are missing', 3, (file: Buffer) => file.length - 4],
    ['it breaks off in the middle', 30_000, (file: Buffer) => Math.floor(file.length / 2)],
  ])('keeps the rows before the break: %s', async (_where, rows, end) => {
    const whole = zipped(rows);
    const broken = Buffer.from(whole.subarray(0, end(whole)));
    const readable = gunzipSync(broken, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    const lines = readable.split('\n').length - 1;

    const { error, record } = await failedImport('store_status', broken);

    expect(error).toBe(`The gzip data ends too early, after line ${lines}. What was read up to there is kept.`);
    expect(counts(record)).toEqual({ read: lines - 1, accepted: lines - 1, duplicate: 0, rejected: 0 });
  });

  it('with a damaged byte says so', async () => {
    const broken = zipped(3);
    broken[broken.length - 6]! ^= 0xff;

    const { error } = await failedImport('store_status', broken);

    expect(error).toMatch(/^The gzip data is damaged \(.+\), after line \d+\. What was read up to there is kept\.$/);
  });

  it('sent again whole takes the rest', async () => {
    const whole = zipped(4);
    const { record } = await failedImport('store_status', Buffer.from(whole.subarray(0, whole.length - 8)));

    const again = await load(server, 'store_status', whole);

    expect(counts(again)).toEqual({ read: 4, accepted: 4 - record.accepted, duplicate: record.accepted, rejected: 0 });
  });
});

describe('files that only look odd', () => {
  const text = (rows: string): string => HEADER.store_status + rows;

  it.each<[string, () => string, number]>([
    ['a header and no rows', () => text(''), 0],
    ['a header without a line break', () => HEADER.store_status.trim(), 0],
    ['a byte-order mark', () => `\ufeff${text(good('odd1'))}`, 1],
    ['CRLF', () => text(good('odd2') + good('odd2')).replaceAll('\n', '\r\n'), 2],
    ['no line break at the end', () => text(good('odd3') + good('odd3')).trimEnd(), 2],
    ['blank lines', () => text(`\n${good('odd4')}\r\n\n${good('odd4')}\n`), 2],
    [
      'columns in another order, and more of them',
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
  ])('are read: cells in quotes, with %s inside', async (_what, cell, id) => {
    const body = `"store_id","timezone_str"\r\n${cell},"Asia/Tokyo"\r\n`;

    expect(counts(await load(server, 'store_timezones', body))).toMatchObject({ read: 1, accepted: 1 });
    expect((await send(server, `/v1/stores/${encodeURIComponent(id)}`)).json()).toMatchObject({ store_id: id });
  });
});
