import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseInstant } from '#libs/instant/instant.js';
import { parseStatus } from '../../polls/poll-fields.js';
import type { Header } from './header.js';
import { StatusLineParser } from './status-line.js';

const header = (positions: number[], width: number, delimiter = ','): Header => ({
  positions,
  width,
  names: ['store_id', 'status', 'timestamp_utc'],
  delimiter: delimiter.charCodeAt(0),
});

const parser = (): StatusLineParser => new StatusLineParser(header([0, 1, 2], 3));

function parseLine(line: string): { problem: string } | { storeId: string; active: boolean; polledAtMs: number } {
  const bytes = Buffer.from(`before\n${line}\nafter`);
  const p = parser();
  const problem = p.parse(bytes, 7, bytes.length - 6);
  if (problem !== undefined) return { problem };
  return {
    storeId: idOf(p),
    active: p.active,
    polledAtMs: p.polledAtMs,
  };
}

/** The reference implementation: splits the line and reads each field with the parsers that requests use. */
function slowly(line: string): ReturnType<typeof parseLine> | undefined {
  const [storeId = '', status = '', timestamp = '', ...more] = line.split(',').map((cell) => cell.trim());
  const active = parseStatus(status);
  const polledAtMs = parseInstant(timestamp);
  if (more.join('|') !== '' || active === undefined || polledAtMs === undefined) return undefined;
  return { storeId, active, polledAtMs };
}

const idOf = ({ idBytes, idStart, idEnd }: StatusLineParser): string =>
  Buffer.from(idBytes.subarray(idStart, idEnd)).toString('utf8');

describe('reading a line of store_status.csv', () => {
  it('reads the standard form and truncates to the millisecond', () => {
    expect(parseLine('8139926242460185114,active,2023-01-22 12:09:39.388884 UTC')).toEqual({
      storeId: '8139926242460185114',
      active: true,
      polledAtMs: Date.parse('2023-01-22T12:09:39.388Z'),
    });
  });

  it.each([
    ['a,maybe,2023-01-22 12:09:39 UTC', 'status: "maybe" is neither active nor inactive'],
    ['a,active,2023-02-29 12:09:39 UTC', 'timestamp_utc: "2023-02-29 12:09:39 UTC" is not a timestamp'],
    ['a,active,2023-01-22 24:00:00 UTC', 'timestamp_utc: "2023-01-22 24:00:00 UTC" is not a timestamp'],
    ['a,active,2023-01-22 12:09:39. UTC', 'timestamp_utc: "2023-01-22 12:09:39. UTC" is not a timestamp'],
    ['a,active', 'the row has 2 fields, the header 3'],
    ['a,active,2023-01-22 12:09:39 UTC,more', 'the row has 4 fields, the header 3'],
  ])('explains the error in %s', (line, reason) => {
    expect(parseLine(line)).toEqual({ problem: expect.stringContaining(reason) });
  });

  it('accepts and refuses the same lines as the reference implementation', () => {
    const two = fc.nat(99).map((n) => String(n).padStart(2, '0'));
    const likely = fc.integer({ min: 1, max: 28 }).map((n) => String(n).padStart(2, '0'));
    const timestamp = fc
      .record({
        year: fc.constantFrom('2023', '2024', '2026', '0001', '20x4'),
        month: fc.oneof(fc.constantFrom('01', '02', '12'), two),
        day: fc.oneof(likely, two),
        separator: fc.constantFrom(' ', ' ', 'T'),
        hour: fc.oneof(fc.constantFrom('00', '09', '23'), two),
        minute: fc.oneof(likely, two),
        second: fc.oneof(likely, two),
        fraction: fc.oneof(
          fc.constant(''),
          fc.stringMatching(/^\.\d{1,9}$/),
          fc.constantFrom('.', '.1234567890', '.12x'),
        ),
        suffix: fc.constantFrom(' UTC', ' UTC', 'Z', '', '+05:30', ' utc'),
      })
      .map(
        (t) => `${t.year}-${t.month}-${t.day}${t.separator}${t.hour}:${t.minute}:${t.second}${t.fraction}${t.suffix}`,
      );
    const id = fc.constantFrom('', 'a', '-12', 'é', '漢字', ' x ');
    const status = fc.constantFrom('active', 'inactive', 'Active', ' inactive ', 'maybe', '');
    fc.assert(
      fc.property(id, status, timestamp, (storeId, s, t) => {
        const line = `${storeId},${s},${t}`;
        const expected = slowly(line);
        const parsed = parseLine(line);
        if (expected) expect(parsed).toEqual(expected);
        else expect(parsed).toEqual({ problem: expect.any(String) });
      }),
      { numRuns: 5_000 },
    );
  });

  it('finds the columns by the header', () => {
    const p = new StatusLineParser(header([2, 0, 3], 4));
    const bytes = Buffer.from('inactive,whatever,store,2023-01-22 00:00:00 UTC');
    expect(p.parse(bytes, 0, bytes.length)).toBeUndefined();
    expect([idOf(p), p.active, p.polledAtMs]).toEqual(['store', false, Date.parse('2023-01-22T00:00:00Z')]);
  });
});
