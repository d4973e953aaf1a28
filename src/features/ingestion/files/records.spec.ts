import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fieldsOf } from './cells.js';
import { RecordReader } from './records.js';

interface Seen {
  line: number;
  fields: string[];
}

/** Reads `text` in chunks that end at `cuts`. */
function read(
  text: string | Buffer,
  { cuts = [], maxLineBytes = 100 }: { cuts?: number[]; maxLineBytes?: number } = {},
) {
  const records: Seen[] = [];
  const broken: { line: number; reason: string }[] = [];
  const reader = new RecordReader(
    {
      record: (bytes, start, end, line, quoted) =>
        records.push({ line, fields: fieldsOf(bytes, start, end, quoted, reader.delimiter) }),
      broken: (line, reason) => broken.push({ line, reason }),
    },
    maxLineBytes,
  );
  const bytes = Buffer.from(text);
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.push(bytes.subarray(start, cut));
    start = cut;
  }
  reader.end();
  return { records, broken };
}

describe('reading CSV records', () => {
  it('skips a byte-order mark and blank lines, accepts CRLF and a last line without a line break', () => {
    expect(read('\uFEFFa,b\r\n\r\n1,2\r\n\n3,4').records).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 3, fields: ['1', '2'] },
      { line: 5, fields: ['3', '4'] },
    ]);
  });

  it('reads quoted fields with commas, quotes and line breaks, and keeps counting lines', () => {
    expect(read('"a,1","say ""hi""","two\nlines"\nx,y,z\n').records).toEqual([
      { line: 1, fields: ['a,1', 'say "hi"', 'two\nlines'] },
      { line: 3, fields: ['x', 'y', 'z'] },
    ]);
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR CR LF', '\r\r\n'],
    ['CR', '\r'],
  ])('reads %s as one line end, wherever the chunks end', (_name, end) => {
    const text = ['a,b', '"c",d', '', 'e,"f"', '"g', 'h,i'].join(end);
    const expected = {
      records: [
        { line: 1, fields: ['a', 'b'] },
        { line: 2, fields: ['c', 'd'] },
        { line: 4, fields: ['e', 'f'] },
        { line: 6, fields: ['h', 'i'] },
      ],
      broken: [{ line: 5, reason: 'has a quote (") that is never closed' }],
    };
    expect(read(text)).toEqual(expected);
    expect(read(text, { cuts: [...Buffer.from(text).keys()] })).toEqual(expected);
    expect(read(`${text}${end}`)).toEqual(expected);
  });

  it('reads a lone CR as a line end among other line ends', () => {
    expect(read('"a",b\rc,d\r\ne,f\rg,h\n').records).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['c', 'd'] },
      { line: 3, fields: ['e', 'f'] },
      { line: 4, fields: ['g', 'h'] },
    ]);
  });

  it.each([
    ['in the middle of a cell is text', 'a,Big 12" Pizza,b', ['a', 'Big 12" Pizza', 'b']],
    ['in the middle of a cell may come twice', 'a,12" or 14",b', ['a', '12" or 14"', 'b']],
    ['after blanks opens the cell', 'a,  "x, y"  ,b', ['a', 'x, y', 'b']],
    ['is doubled within quotes', 'a,"say ""hi""",b', ['a', 'say "hi"', 'b']],
    ['stands alone within quotes', 'a,"Big 12" Pizza, Soho",b', ['a', 'Big 12" Pizza, Soho', 'b']],
    ['has a backslash before it', 'a,"Big 12\\" Pizza",b', ['a', 'Big 12" Pizza', 'b']],
    ['has a backslash before it at the end of the cell', 'a,"Big 12\\"",b', ['a', 'Big 12"', 'b']],
    ['closes a cell that ends with a backslash', 'a,"C:\\",b', ['a', 'C:\\', 'b']],
    ['begins a name that is not in quotes', 'a,"The Spot" Cafe,b', ['a', '"The Spot" Cafe', 'b']],
    ['closes an empty cell', '"","",b', ['', '', 'b']],
    ['is the whole cell', '"""",b', ['"', 'b']],
  ])('a quote %s', (_what, line, fields) => {
    const text = `x,y,z\n${line}\nc,d,e\n`;
    const expected = [
      { line: 1, fields: ['x', 'y', 'z'] },
      { line: 2, fields },
      { line: 3, fields: ['c', 'd', 'e'] },
    ];
    expect(read(text)).toEqual({ records: expected, broken: [] });
    expect(read(text, { cuts: [...Buffer.from(text).keys()] }).records).toEqual(expected);
  });

  it('does not let a stray quote swallow lines', () => {
    const text = 'x,y,z\na,"12 inch,b\nc,"d" e,f\ng,"h\ni",j\n"k,l,m\nn,"o ""p,q\nr,s,t\n';
    const { records, broken } = read(text);
    expect(broken.map(({ line }) => line)).toEqual([2, 6, 7]);
    expect(records.map(({ line }) => line)).toEqual([1, 3, 4, 8]);
    expect(records[2].fields).toEqual(['g', 'h\ni', 'j']);
  });

  it.each([
    ['semicolons', ';', 'a;b\n1,5;"2;3"\n'],
    ['tabs', '\t', 'a\tb\n1,5\t"2\t3"\n'],
    ['the delimiter of a sep= line', '|', 'sep=|\r\na|b\r\n1,5|"2|3"\r\n'],
    ['a comma from a sep= line', ',', '\ufeff"sep=,"\na;b,c\n"1,5",2\n'],
  ])('splits at %s', (_what, delimiter, text) => {
    const records = read(text).records.map(({ fields }) => fields);
    expect(records).toEqual(
      delimiter === ','
        ? [
            ['a;b', 'c'],
            ['1,5', '2'],
          ]
        : [
            ['a', 'b'],
            ['1,5', `2${delimiter}3`],
          ],
    );
    expect(read(text).records[0].line).toBe(/sep=/.test(text) ? 2 : 1);
  });

  it.each([
    ['UTF-8', Buffer.from('\ufeffa,é\r\n1,漢\r\n')],
    ['UTF-16 LE', Buffer.from('\ufeffa,é\r\n1,漢\r\n', 'utf16le')],
    ['UTF-16 BE', Buffer.from('\ufeffa,é\r\n1,漢\r\n', 'utf16le').swap16()],
  ])('reads %s with its byte-order mark, wherever the chunks end', (_encoding, bytes) => {
    const expected = [
      { line: 1, fields: ['a', 'é'] },
      { line: 2, fields: ['1', '漢'] },
    ];
    expect(read(bytes).records).toEqual(expected);
    expect(read(bytes, { cuts: [...bytes.keys()] }).records).toEqual(expected);
  });

  it.each([
    ['PK\x03\x04rest\nof it\n', 'shows that this is a zip archive (an Excel workbook?), not a CSV'],
    ['%PDF-1.7\n', 'shows that this is a PDF document, not a CSV'],
    ['a\0,\0b\0', 'shows that this is UTF-16 without a byte-order mark; save it as UTF-8'],
    ['\0a\0,\0b', 'shows that this is UTF-16 without a byte-order mark; save it as UTF-8'],
    ['PK\x03\x04', 'shows that this is a zip archive (an Excel workbook?), not a CSV'],
  ])('recognises %j and reads nothing of it', (text, reason) => {
    const bytes = Buffer.from(text, 'latin1');
    for (const cuts of [[], [...bytes.keys()]]) {
      expect(read(bytes, { cuts })).toEqual({ records: [], broken: [{ line: 1, reason }] });
    }
  });

  it('reports an unclosed quote and continues with the next line', () => {
    const { records, broken } = read('a,"b\nc,d\n');
    expect(broken).toEqual([{ line: 1, reason: 'has a quote (") that is never closed' }]);
    expect(records).toEqual([{ line: 2, fields: ['c', 'd'] }]);
  });

  it('reports an overlong line once and continues with the next', () => {
    const long = 'x'.repeat(5_000);
    const cuts = [1_000, 2_000, 3_000, 4_000];
    const { records, broken } = read(`a,b\n${long}\nc,d\n`, { cuts });
    expect(broken).toEqual([{ line: 2, reason: 'is longer than 100 bytes (MAX_LINE_BYTES)' }]);
    expect(records).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 3, fields: ['c', 'd'] },
    ]);
  });

  it.each([
    ['in quotes, and too long', `"${'x'.repeat(200)}",b\n`, [150]],
    ['of maximum length, with CRLF', `${'x'.repeat(100)}\r\n`, [101]],
    ['of maximum length, in quotes, with CRLF', `"${'x'.repeat(98)}"\r\n`, [101]],
  ])('gives the same result for a line %s, whole or in chunks', (_what, text, cuts) => {
    expect(read(text, { cuts })).toEqual(read(text));
  });

  it('does not depend on where the chunks end', () => {
    const cell = fc.constantFrom('', 'a', 'b"', ',', '\n', '\r\n', 'é', 'long text', '"');
    const quoted = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(80), { maxLength: 6 }),
        (rows, lineBreak, positions) => {
          const text = rows.map((row) => row.map(quoted).join(',') + lineBreak).join('');
          const length = Buffer.byteLength(text);
          const cuts = [...new Set(positions.filter((position) => position < length))].sort((a, b) => a - b);
          expect(read(text, { cuts })).toEqual(read(text));
          expect(read(text).records.map((record) => record.fields)).toEqual(rows);
        },
      ),
    );
  });

  it('never throws and accounts for every line, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        const reader = new RecordReader({ record: () => {}, broken: () => {} }, 50);
        reader.push(Buffer.from(bytes.subarray(0, cut)));
        reader.push(Buffer.from(bytes.subarray(cut)));
        expect(() => reader.end()).not.toThrow();
      }),
    );
  });
});
