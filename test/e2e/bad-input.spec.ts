import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, counts, failedImport, garbage, good, expectNextFileAccepted } from './files.js';
import { type FileKind, load, rejectsOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const MEGABYTE = 1024 * 1024;

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());
afterEach(() => expectNextFileAccepted(server));

describe('an unusable header', () => {
  it.each<[string, FileKind, string, string]>([
    [
      'a missing column',
      'store_status',
      'store_id,state,timestamp_utc\nA,active,2023-01-22T00:00:00Z\n',
      'the column status is missing; the header has "store_id,state,timestamp_utc"',
    ],
    [
      'a missing column that has aliases',
      'business_hours',
      'store_id,start_time_local,end_time_local\nA,09:00,17:00\n',
      'the column dayOfWeek (or day, day_of_week) is missing; the header has "store_id,start_time_local,end_time_local"',
    ],
    [
      'a duplicate column',
      'store_status',
      'store_id,status,Status,timestamp_utc\n',
      'the column status is there 2 times',
    ],
    ['two names for one column', 'store_timezones', 'store_id,timezone,timezone_str\n', 'is there 2 times'],
    ['data without a header', 'store_timezones', 'A,Asia/Tokyo\n', 'the header has "A,Asia/Tokyo"'],
    [
      'an unclosed quote',
      'store_timezones',
      '"store_id,timezone_str\nA,Asia/Tokyo\n',
      'a quote (") that is never closed',
    ],
    ['an empty file', 'store_status', '', 'it is empty; it must begin with a header'],
    ['nothing but blank lines', 'store_status', '\n\r\n\n', 'it is empty; it must begin with a header'],
    ['nothing but a byte-order mark', 'store_status', '\ufeff', 'it is empty; it must begin with a header'],
  ])('%s is named', async (_what, kind, body, reason) => {
    const { error } = await failedImport(server, kind, body);

    expect(error).toContain(`The file cannot be read as ${kind}: `);
    expect(error).toContain(reason);
  });

  it('broken quotes are reported for the header, not for the row after it', async () => {
    const { error } = await failedImport(server, 'store_timezones', '"store_id"x,timezone_str\nA,Asia/Tokyo\n');

    expect(error).toContain('the column store_id is missing; the header has "\\"store_id\\"x,timezone_str"');
    expect(error).not.toContain('Asia/Tokyo');
  });

  it('a header longer than the line limit is reported as such', async () => {
    const { error } = await failedImport(server, 'store_timezones', `${'x'.repeat(2 * MEGABYTE)}\nA,Asia/Tokyo\n`);

    expect(error).toContain('its first line is longer than 1048576 bytes (MAX_LINE_BYTES)');
  });

  it('the header is reported even when most of the file is unread', async () => {
    const rows = 'A,active,2023-01-22T00:00:00Z\n'.repeat(1_000_000);

    const { error } = await failedImport(server, 'store_status', `store_id,state,timestamp_utc\n${rows}`);

    expect(error).toContain('the column status is missing');
  });

  it.each([
    ['random bytes', garbage(100_000)],
    ['zeros', Buffer.alloc(100_000)],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['UTF-16 without a byte-order mark', Buffer.from(HEADER.store_status, 'utf16le')],
    ['a gzip header without data', Buffer.from('1f8b0800000000000003', 'hex')],
    ['data that only begins like gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), garbage(1_000)])],
  ])('binary garbage is rejected: %s', async (_what, body) => {
    const { error } = await failedImport(server, 'store_status', body);

    expect(error).toMatch(
      /missing; the header has|UTF-16 without a byte-order mark|gzip data is damaged|gzip data ends too early|never closed|RFC 4180 allows none/,
    );
  });
});

describe('unusable rows', () => {
  it.each<[string, FileKind, string, string, string]>([
    [
      'an unknown timezone',
      'store_timezones',
      'X,Mars/Olympus',
      'Y,Asia/Tokyo',
      'timezone_str: "Mars/Olympus" is not a zone',
    ],
    [
      '31:00:00 as a start',
      'business_hours',
      'X,0,31:00:00,26:00:00',
      'Y,0,09:00:00,17:00:00',
      'start_time_local: "31:00:00" is not',
    ],
    [
      '30:00:01 as an end',
      'business_hours',
      'X,0,09:00:00,30:00:01',
      'Y,1,09:00:00,17:00:00',
      'end_time_local: "30:00:01" is not',
    ],
    [
      'dayOfWeek 8',
      'business_hours',
      'X,8,09:00:00,17:00:00',
      'Y,6,09:00:00,17:00:00',
      'dayOfWeek: "8" is not a day from 0 (Monday) to 6 (Sunday)',
    ],
    [
      'an unknown status',
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
    [
      'text after a quoted comma',
      'store_timezones',
      '"X,X"x,Asia/Tokyo',
      'Y,Asia/Kabul',
      'the row has 3 fields, the header 2',
    ],
  ])(
    '%s: the reject names the line and the field, and the rows around it are kept',
    async (_what, kind, bad, row, reason) => {
      const before = row.replace('Y', 'Y1');
      const after = row.replace('Y', 'Y2');
      const badLines = bad.split('\n').length;

      const loaded = await load(server, kind, `${HEADER[kind]}${before}\n${bad}\n${after}\nZ\n`);

      // Rows that an earlier case loaded count as duplicates.
      expect(loaded).toMatchObject({ status: 'Complete', read: 4, rejected: 2, error: null });
      expect(loaded.accepted + loaded.duplicate).toBe(2);
      const [[line, said, raw], last] = await rejectsOf(server, loaded.import_id);
      expect({ line, raw }).toEqual({ line: '3', raw: bad.replaceAll('\0', '\ufffd') });
      expect(said).toContain(reason);
      expect(last[0]).toBe(String(5 + badLines - 1));
      expect(await send(server, '/v1/stores/X')).toMatchObject({ status: 404 });
    },
  );

  it('an id that is not UTF-8 is rejected', async () => {
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
  ])('a line of 10 MB is rejected, %s, and the rows after it are kept', async (_how, line, reason) => {
    const body = `${HEADER.store_status}${good('long1')}${line}${good('long2')}short\n${good('long3')}`;

    const loaded = await load(server, 'store_status', body);

    expect(counts(loaded)).toEqual({ read: 5, accepted: 3, duplicate: 0, rejected: 2 });
    const [long, short] = await rejectsOf(server, loaded.import_id);
    expect(long?.slice(0, 2)).toEqual(['3', `the row ${reason}`]);
    expect(long?.[2].length).toBeLessThanOrEqual(1_000);
    expect(short?.[0]).toBe('5');
  });

  it('lines of binary garbage are rejected, and the rows between them are kept', async () => {
    const lines = [1, 2, 3].map((n) => [
      garbage(n * 1_000, [0x0a, 0x0d, 0x22]),
      Buffer.from(`\n${good(`between${n}`)}`),
    ]);

    const loaded = await load(
      server,
      'store_status',
      Buffer.concat([Buffer.from(HEADER.store_status), ...lines.flat()]),
    );

    expect(counts(loaded)).toEqual({ read: 6, accepted: 3, duplicate: 0, rejected: 3 });
    expect((await rejectsOf(server, loaded.import_id)).map(([line]) => line)).toEqual(['2', '4', '6']);
  });
});
