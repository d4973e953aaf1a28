import { describe, expect, it } from '@jest/globals';
import { readRejects } from './rejects-csv.js';

describe('the rejects of an import', () => {
  it('are read as they are written, with what a row has of quotes, commas and lines', () => {
    const csv = [
      'line,reason,raw_row',
      '3,"timestamp_utc: ""yesterday"" is not a timestamp","a,active,yesterday"',
      '10,no reason,"a ""b""\n,c"',
      '',
    ].join('\n');
    expect(readRejects(csv)).toEqual([
      { line: 3, reason: 'timestamp_utc: "yesterday" is not a timestamp', row: 'a,active,yesterday' },
      { line: 10, reason: 'no reason', row: 'a "b"\n,c' },
    ]);
    expect(readRejects('line,reason,raw_row\n')).toEqual([]);
  });
});
