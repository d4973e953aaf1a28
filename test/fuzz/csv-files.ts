import * as fc from 'fast-check';
import type { FileKind } from '#libs/file-kind.js';
import { HEADER } from '../e2e/files.js';
import { damaged } from './cases.js';

export const KINDS = Object.keys(HEADER) as FileKind[];

/** The current time of every file: 2026-11-24T00:00:00Z. */
export const NOW_MS = Date.UTC(2026, 10, 24);

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', ' ', '-', '=1+1', '@x', '+1', '-1', '99999999999999999999', '1e309', 'NaN', 'null', '__proto__'),
  fc.constantFrom('\u00a0', 'say "hi"', '12" Sub', '\\"', '8.41954E+18', ';', '\t', '\u202f9:00\u00a0'),
  fc.constantFrom('constructor', '\0', '\ufeff', '\u{1f600}'.repeat(40), 'x'.repeat(300), '"', '\r', 'a\nb', 'a,b'),
);

const storeId = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('A', 'B', '8139926242460185114', '-42', 'Main St, 5', 'Übung') },
  { weight: 1, arbitrary: odd },
);

const timestamp = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.integer({ min: NOW_MS - 3 * 604_800_000, max: NOW_MS }), fc.nat(7))
      .map(([ms, form]) => TIMESTAMPS[form](new Date(ms).toISOString())),
  },
  { weight: 1, arbitrary: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '1969-12-31 23:59:59 UTC',
      '2023-02-29 00:00:00 UTC',
      '2023-01-22 24:00:00 UTC',
      '2023-01-22 23:59:60 UTC',
      '0000-00-00 00:00:00 UTC',
      '9999-12-31 23:59:59.999999999 UTC',
      '2023-01-22 12:09:39.3888841234 UTC',
      '2023-01-22T00:00:00+24:00',
      '2023-1-2 3:4:5 UTC',
      '22/01/2023',
      '1674389379',
    ),
  },
  { weight: 1, arbitrary: odd },
);

const TIMESTAMPS: readonly ((iso: string) => string)[] = [
  (iso) => iso,
  (iso) => iso.replace('T', ' ').replace('Z', ' UTC'),
  (iso) => iso.replace('T', ' ').replace(/\..*/, ''),
  (iso) => iso.replace('T', ' ').replace('Z', '123456 UTC'),
  (iso) => iso.replace('T', ' ').replace('Z', '+00'),
  (iso) => iso.replace('Z', '+0000'),
  (iso) => iso.replace(/:\d\d\..*/, ' gmt'),
  (iso) => `\u00a0${iso.replace('Z', '')} `,
];

const oneOf = (...usual: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: odd });

const time = fc.oneof(
  oneOf('00:00:00', '09:00:00', '17:30', '23:59:59', '24:00:00', '9:00', '25:00:00', '12:60'),
  oneOf('9:00 AM', '12:30 am', '13:00 PM', '26:00', '30:00:01', '09:00:00.000000', 'Closed', ' CLOSED '),
);
const date = oneOf('2026-11-24', '2024-02-29', '1900-01-01', '2199-12-31', '2023-02-29', '1899-12-31', '24.11.2026');
const OPTIONAL = { freq: 3, nil: '' } as const;

const CELLS: Record<FileKind, fc.Arbitrary<string>[]> = {
  store_status: [storeId, oneOf('active', 'inactive', ' Active', 'INACTIVE', 'maybe'), timestamp],
  business_hours: [storeId, oneOf('0', '6', ' 3 ', '1.0', '-0', 'Monday', 'sun', '7.5'), time, time],
  store_timezones: [
    storeId,
    oneOf('America/New_York', 'Asia/Tokyo', 'america/chicago', 'UTC', 'EST', 'BST', 'Central Standard Time', '../etc'),
  ],
  special_hours: [storeId, date, fc.option(time, OPTIONAL), fc.option(time, OPTIONAL)],
  store_life: [storeId, fc.option(date, OPTIONAL), fc.option(date, OPTIONAL)],
  stores: [storeId, oneOf('Corner Shop', ' Main St, 5', ''), oneOf('North', 'Süd'), oneOf('', 'Corner', '\u0085')],
};

/** How a cell is written: unquoted even where RFC 4180 requires quotes, as required, always quoted, or half-quoted. */
const QUOTINGS: readonly ((cell: string) => string)[] = [
  (cell) => cell,
  (cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell),
  (cell) => `"${cell.replaceAll('"', '""')}"`,
  (cell) => `"${cell}`,
];
const quoting = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(1, 2) }, { weight: 1, arbitrary: fc.nat(3) });
const lineBreak = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('\n', '\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\r', '\r\r\n', '\n\r', '\n\n', '') },
);

/** Rarely an additional cell. */
const emptyCell = fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

const ENCODINGS: readonly ((text: string) => Buffer)[] = [
  (text) => Buffer.from(text),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
];
const encoding = fc.oneof(
  { weight: 9, arbitrary: fc.constant(ENCODINGS[0]) },
  { weight: 3, arbitrary: fc.constantFrom(...ENCODINGS) },
);

/** Most rows are valid, some contain something unusual. */
export const file = (kind: FileKind): fc.Arbitrary<Buffer> => {
  const row = (delimiter: string): fc.Arbitrary<string> =>
    fc
      .tuple(fc.tuple(...CELLS[kind].map((cell) => fc.tuple(cell, quoting))), emptyCell, lineBreak)
      .map(
        ([cells, last, end]) =>
          cells.map(([cell, how]) => QUOTINGS[how](cell)).join(delimiter) + (last && delimiter) + end,
      );
  return fc
    .oneof({ weight: 4, arbitrary: fc.constant(',') }, { weight: 1, arbitrary: fc.constantFrom(';', '\t') })
    .chain((delimiter) =>
      fc
        .tuple(
          encoding,
          fc.oneof(
            { weight: 9, arbitrary: fc.constant('') },
            { weight: 1, arbitrary: fc.constant(`sep=${delimiter}\r\n`) },
          ),
          fc.oneof(
            { weight: 20, arbitrary: fc.constant(HEADER[kind].replaceAll(',', delimiter)) },
            { weight: 1, arbitrary: row(delimiter) },
          ),
          fc.array(row(delimiter), { maxLength: 12 }),
        )
        .map(([encode, sep, header, rows]) => encode(sep + header + rows.join(''))),
    );
};

export const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));

/** A valid or nearly valid file, a damaged one, or random bytes, alone or behind a header. */
export const anyFile: fc.Arbitrary<{ kind: FileKind; bytes: Buffer }> = fc.constantFrom(...KINDS).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    bytes: fc.oneof(
      { weight: 4, arbitrary: file(kind) },
      { weight: 8, arbitrary: file(kind).chain(damaged) },
      { weight: 1, arbitrary: noise },
      { weight: 2, arbitrary: noise.map((bytes) => Buffer.concat([Buffer.from(HEADER[kind]), bytes])) },
    ),
  }),
);

/** Where the chunks of a file end. */
export const cuts = fc.array(fc.nat(600), { maxLength: 8 }).map((places) => places.sort((a, b) => a - b));
