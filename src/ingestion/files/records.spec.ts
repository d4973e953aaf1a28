import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RecordReader, fieldsOf } from './records.js';

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
      record: (bytes, start, end, line, quoted) => records.push({ line, fields: fieldsOf(bytes, start, end, quoted) }),
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
  it('passes over a byte-order mark, CRLF and blank lines, and takes a last line without a line break', () => {
    expect(read('\uFEFFa,b\r\n\r\n1,2\r\n\n3,4').records).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 3, fields: ['1', '2'] },
      { line: 5, fields: ['3', '4'] },
    ]);
  });

  it('reads quoted fields with commas, quotes and line breaks, and goes on counting lines', () => {
    expect(read('"a,1","say ""hi""","two\nlines"\nx,y,z\n').records).toEqual([
      { line: 1, fields: ['a,1', 'say "hi"', 'two\nlines'] },
      { line: 3, fields: ['x', 'y', 'z'] },
    ]);
  });

  it('takes a lone CR for no line break, in rows with quotes as in those without', () => {
    expect(read('"a",b\rc,d\na,b\rc,d\n').records).toEqual([
      { line: 1, fields: ['a', 'b\rc', 'd'] },
      { line: 2, fields: ['a', 'b\rc', 'd'] },
    ]);
  });

  it('reports a quote that is never closed, and reads on with the next line', () => {
    const { records, broken } = read('a,"b\nc,d\n');
    expect(broken).toEqual([{ line: 1, reason: 'has a quote (") that is never closed' }]);
    expect(records).toEqual([{ line: 2, fields: ['c', 'd'] }]);
  });

  it('reports a line that is too long once, and reads on with the next', () => {
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
    ['as long as may be, with CRLF', `${'x'.repeat(100)}\r\n`, [101]],
    ['as long as may be, in quotes, with CRLF', `"${'x'.repeat(98)}"\r\n`, [101]],
  ])('says the same of a line %s, whole or in chunks', (_what, text, cuts) => {
    expect(read(text, { cuts })).toEqual(read(text));
  });

  it('does not care where the chunks end', () => {
    const cell = fc.constantFrom('', 'a', 'b"', ',', '\n', '\r\n', 'é', 'long text', '"');
    const quoted = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(80), { maxLength: 6 }),
        (rows, lineBreak, places) => {
          const text = rows.map((row) => row.map(quoted).join(',') + lineBreak).join('');
          const length = Buffer.byteLength(text);
          const cuts = [...new Set(places.filter((place) => place < length))].sort((a, b) => a - b);
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
