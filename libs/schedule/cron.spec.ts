import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { formatInstant } from '../instant/instant.js';
import { Cron } from './cron.js';

const CHICAGO = 'America/Chicago';
const at = (text: string): number => Date.parse(text);

/** Every instant in `(after, until]`, RFC 3339 to the minute. */
const due = (expression: string, zone: string, after: string, until: string): string[] =>
  Cron.parse(expression, zone)
    .newest(at(after), at(until), 1_000)
    .map((ms) => formatInstant(ms).replace(':00.000Z', 'Z'));

describe('02:00 in Chicago', () => {
  it('is due once in the night that skips it, at 03:00 daylight saving time', () => {
    expect(due('0 2 * * *', CHICAGO, '2026-03-07T00:00Z', '2026-03-10T00:00Z')).toEqual([
      '2026-03-07T08:00Z',
      '2026-03-08T08:00Z',
      '2026-03-09T07:00Z',
    ]);
    expect(due('30 2 * * *', CHICAGO, '2026-03-08T00:00Z', '2026-03-09T00:00Z')).toEqual(['2026-03-08T08:30Z']);
  });

  it('is due once in the night that repeats the hour before it', () => {
    expect(due('0 2 * * *', CHICAGO, '2026-10-31T00:00Z', '2026-11-03T00:00Z')).toEqual([
      '2026-10-31T07:00Z',
      '2026-11-01T08:00Z',
      '2026-11-02T08:00Z',
    ]);
  });
});

describe('a time that occurs twice', () => {
  it('is due the first time', () => {
    expect(due('30 1 * * *', CHICAGO, '2026-11-01T00:00Z', '2026-11-02T00:00Z')).toEqual(['2026-11-01T06:30Z']);
    expect(due('*/30 1-2 * * *', CHICAGO, '2026-11-01T00:00Z', '2026-11-02T00:00Z')).toEqual([
      '2026-11-01T06:00Z',
      '2026-11-01T06:30Z',
      '2026-11-01T08:00Z',
      '2026-11-01T08:30Z',
    ]);
  });

  it('is due both times if the hour is *', () => {
    expect(due('30 * * * *', CHICAGO, '2026-11-01T06:00Z', '2026-11-01T09:00Z')).toEqual([
      '2026-11-01T06:30Z',
      '2026-11-01T07:30Z',
      '2026-11-01T08:30Z',
    ]);
  });
});

describe('times that a gap moves to the same instant', () => {
  it('are due once', () => {
    const night = ['2026-03-08T05:00Z', '2026-03-08T11:00Z'] as const;
    expect(due('0 2,3 * * *', CHICAGO, ...night)).toEqual(['2026-03-08T08:00Z']);
    expect(due('0 * * * *', CHICAGO, '2026-03-08T06:00Z', '2026-03-08T10:00Z')).toEqual([
      '2026-03-08T07:00Z',
      '2026-03-08T08:00Z',
      '2026-03-08T09:00Z',
      '2026-03-08T10:00Z',
    ]);
  });
});

describe('days', () => {
  it.each([
    ['0 0 29 2 *', ['2024-02-29T00:00Z', '2028-02-29T00:00Z']],
    ['0 0 31 * *', ['2026-01-31T00:00Z', '2026-03-31T00:00Z']],
    ['0 0 * jan sun', ['2026-01-04T00:00Z', '2026-01-11T00:00Z']],
    ['0 0 * 1 7', ['2026-01-04T00:00Z', '2026-01-11T00:00Z']],
    ['0 0 * 1 5-7/2', ['2026-01-02T00:00Z', '2026-01-04T00:00Z']],
    // Either kind of day if both are given, both if one starts with *.
    ['0 0 15 1 mon', ['2026-01-05T00:00Z', '2026-01-12T00:00Z', '2026-01-15T00:00Z', '2026-01-19T00:00Z']],
    ['0 0 */10 1 thu', ['2026-01-01T00:00Z']],
  ])('%s', (expression, expected) => {
    const found = due(
      expression,
      'UTC',
      expected[0].startsWith('2024') ? '2024-01-01T00:00Z' : '2025-12-31T12:00Z',
      '2028-12-31T00:00Z',
    );
    expect(found.slice(0, expected.length)).toEqual(expected);
  });

  it('are local dates of the zone', () => {
    expect(due('30 23 * * *', 'Pacific/Kiritimati', '2026-01-01T00:00Z', '2026-01-02T12:00Z')).toEqual([
      '2026-01-01T09:30Z',
      '2026-01-02T09:30Z',
    ]);
  });
});

describe('a short form', () => {
  it.each([
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    [' @Annually ', '0 0 1 1 *'],
  ])('%s stands for %s', (nickname, fields) => {
    expect(Cron.parse(nickname, 'UTC').text).toBe(fields);
  });

  it('is read on the wall clock of the zone', () => {
    expect(due('@daily', CHICAGO, '2026-03-07T00:00Z', '2026-03-09T12:00Z')).toEqual([
      '2026-03-07T06:00Z',
      '2026-03-08T06:00Z',
      '2026-03-09T05:00Z',
    ]);
    expect(due('@weekly', 'UTC', '2026-01-01T00:00Z', '2026-01-12T00:00Z')).toEqual([
      '2026-01-04T00:00Z',
      '2026-01-11T00:00Z',
    ]);
  });
});

describe('a parsed expression', () => {
  it('has normalized text, and tells whether it is due once a day', () => {
    expect(Cron.parse(' 0  2 * *  1-5 ', 'UTC')).toMatchObject({ text: '0 2 * * 1-5', isOnceADay: true });
    expect(Cron.parse('0,30 2 * * *', 'UTC').isOnceADay).toBe(false);
    expect(Cron.parse('0 */12 * * *', 'UTC').isOnceADay).toBe(false);
  });
});

describe('an invalid expression', () => {
  it.each([
    ['0 2 * *', /^cron must have the five fields of crontab\(5\) \(minute, hour, .*\), got "0 2 \* \*"; write /],
    ['0 0 2 * * *', /must have the five fields/],
    ['@reboot', /^cron: "@reboot" means system startup, not a time, .*; write @hourly, @daily, .* or five fields\.$/],
    ['@fortnightly', /^cron: "@fortnightly" is not a short form of crontab\(5\); write @hourly, @daily, @midnight, /],
    ['@constructor', /is not a short form/],
    ['@daily 0 2 * *', /^cron: "@daily 0 2 \* \*" is not a short form/],
    ['', /must have the five fields/],
    [7, /^cron must have the five fields .*, got 7; /],
    [`${'0,'.repeat(200)}0 * * * *`, /must have the five fields/],
    ['60 2 * * *', /^cron: "60" is not a valid minute; write \*, 0 to 59, /],
    ['0 24 * * *', /^cron: "24" is not a valid hour; write \*, 0 to 23, /],
    ['0 2 0 * *', /^cron: "0" is not a valid day of the month; write \*, 1 to 31, /],
    ['0 2 * foo *', /^cron: "foo" is not a valid month; write \*, 1 to 12, or jan to dec, /],
    ['0 2 * * 8', /^cron: "8" is not a valid day of the week; /],
    ['0 2 * * fri-mon', /^cron: "fri-mon" is not a valid day of the week; /],
    ['*/0 2 * * *', /^cron: "\*\/0" is not a valid minute; /],
    ['1,1 2 * * *', /^cron: "1,1" is not a valid minute; .* each value once\.$/],
    // cron-parser accepts these.
    ['H 2 * * *', /^cron: "H" is not a valid minute; /],
    ['0 2 L * *', /^cron: "L" is not a valid day of the month; /],
    ['0 2 * * 1#2', /^cron: "1#2" is not a valid day of the week; /],
    ['0 2 ? * *', /^cron: "\?" is not a valid day of the month; /],
    [
      '0 2 30 2 *',
      /^cron: "0 2 30 2 \*" is never due: no month in the fourth field has a day of the month in the third field/,
    ],
    ['0 2 31 4,6,9,11 *', /is never due/],
  ])('%s', (expression, message) => {
    expect(() => Cron.parse(expression, 'UTC')).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), field: 'cron' }),
    );
  });
});

describe('at any time, in any zone', () => {
  const zones = fc.constantFrom(
    CHICAGO,
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'America/Sao_Paulo',
    'Pacific/Apia',
    'Africa/Cairo',
    'UTC',
  );
  const hour = fc.nat(23);
  const expressions = fc.oneof(
    fc.tuple(fc.nat(59), hour).map(([m, h]) => `${m} ${h} * * *`),
    fc.tuple(fc.nat(59), hour, fc.nat(6)).map(([m, h, d]) => `${m} ${h} * * ${d}`),
    fc.constantFrom('0 * * * *', '*/20 1-3 * * *', '15 */2 * * *', '*/15 * * * *', '0 0 1 * *'),
  );
  // Includes the day that Samoa skipped.
  const instants = fc.integer({ min: at('2011-12-01T00:00Z'), max: at('2027-01-01T00:00Z') });

  it('newest returns the same instants as repeated nextAfter', () => {
    fc.assert(
      fc.property(expressions, zones, instants, fc.integer({ min: 1, max: 9 }), (expression, zone, from, days) => {
        const cron = Cron.parse(expression, zone);
        const until = from + days * 86_400_000;
        const forward: number[] = [];
        for (let ms = from; ;) {
          ms = cron.nextAfter(ms)!;
          if (ms > until) break;
          forward.push(ms);
        }
        expect(cron.newest(from, until, 7)).toEqual(forward.slice(-7));
        expect(cron.newest(from, until, Infinity)).toEqual(forward);
      }),
      { numRuns: 60 },
    );
  });

  it('a time of day is due once on each date', () => {
    fc.assert(
      fc.property(fc.nat(59), hour, zones, instants, (minute, hourOfDay, zone, from) => {
        const found = Cron.parse(`${minute} ${hourOfDay} * * *`, zone).newest(from, from + 370 * 86_400_000, Infinity);
        const gaps = found.slice(1).map((ms, i) => (ms - found[i]) / 3_600_000);
        // A day has 23 to 25 hours, except the one that Samoa skipped.
        for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(zone === 'Pacific/Apia' ? 0.5 : 22);
        for (const gap of gaps) expect(gap).toBeLessThanOrEqual(26);
      }),
      { numRuns: 20 },
    );
  });
});
