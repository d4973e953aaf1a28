import { describe, expect, it } from '@jest/globals';
import { readRejects } from './rejects-csv.js';

describe('readRejects', () => {
  it('reads rows with quotes, commas and line breaks', () => {
    const csv = [
      'line,reason,raw_row',
      '3,"timestamp_utc: ""yesterday"" is not a timestamp","a,active,yesterday"',
      '10,no reason,"a ""b""\n,c"',
      '',
    ].join('\n');
    expect(readRejects(csv)).toEqual([
      {
        line: 3,
        field: 'timestamp_utc',
        value: '"yesterday"',
        reason: 'is not a timestamp',
        row: 'a,active,yesterday',
      },
      { line: 10, field: '', value: '', reason: 'no reason', row: 'a "b"\n,c' },
    ]);
    expect(readRejects('line,reason,raw_row\n')).toEqual([]);
  });

  it.each([
    ['status: "may\\"be" is neither', 'status', '"may\\"be"', 'is neither'],
    ['end_time_local: is empty where the start is not', 'end_time_local', '', 'is empty where the start is not'],
    ['store_id is empty', '', '', 'store_id is empty'],
    ['the row has 2 fields, the header 3', '', '', 'the row has 2 fields, the header 3'],
  ])('splits column, value and reason: %s', (text, field, value, reason) => {
    const csv = `line,reason,raw_row\n2,"${text.replaceAll('"', '""')}",a\n`;
    expect(readRejects(csv)).toEqual([{ line: 2, field, value, reason, row: 'a' }]);
  });
});
