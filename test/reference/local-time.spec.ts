import { describe, expect, it } from '@jest/globals';
import { parseDate } from './local-time.js';
import { referenceParts } from './reference.js';

// [title, [dayOfWeek, start, end], the opening's start and end in UTC]. Worked out by hand from the offsets in each
// title. An end equal to the start means no opening at all.
type Night = [what: string, hours: [number, string, string], start: string, end: string];
const [MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY] = [0, 3, 4, 5, 6];
const DAY_MS = 86_400_000;

/**
 * The milliseconds for which a row is open in the day before, in the expected interval itself, and in the day after.
 */
function openAround(timezone: string, [, [dayOfWeek, start, end], from, to]: Night): number[] {
  const input = { polls: [], hours: [{ storeId: 'a', dayOfWeek, start, end }], zones: [{ storeId: 'a', timezone }] };
  const open = (fromMs: number, toMs: number) => referenceParts(input, 'a', fromMs, toMs).open;
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  return [open(fromMs - DAY_MS, fromMs), open(fromMs, toMs), open(toMs, toMs + DAY_MS)];
}

/** Open for the whole interval, and closed around it. */
function onlyWithin([, , from, to]: Night): number[] {
  return [0, Date.parse(to) - Date.parse(from), 0];
}

describe('America/Chicago 2023-03-12: 02:00 (-6) becomes 03:00 (-5) at 08:00Z', () => {
  it.each<Night>([
    ['across the gap', [SUNDAY, '01:00', '04:00'], '2023-03-12T07:00Z', '2023-03-12T09:00Z'],
    ['start skipped: 02:30 at -6', [SUNDAY, '02:30', '04:00'], '2023-03-12T08:30Z', '2023-03-12T09:00Z'],
    ['end skipped: 02:30 at -6', [SUNDAY, '01:00', '02:30'], '2023-03-12T07:00Z', '2023-03-12T08:30Z'],
    ['start and end on one instant', [SUNDAY, '02:00', '03:00'], '2023-03-12T08:00Z', '2023-03-12T08:00Z'],
    ['start after end: 08:30Z, 08:00Z', [SUNDAY, '02:30', '03:00'], '2023-03-12T08:00Z', '2023-03-12T08:00Z'],
    ['overnight', [SATURDAY, '22:00', '03:30'], '2023-03-12T04:00Z', '2023-03-12T08:30Z'],
  ])('%s', (...night) => expect(openAround('America/Chicago', night)).toEqual(onlyWithin(night)));
});

describe('America/Chicago 2023-11-05: 02:00 (-5) becomes 01:00 (-6) at 07:00Z', () => {
  it.each<Night>([
    ['across the repeated hour', [SUNDAY, '00:00', '04:00'], '2023-11-05T05:00Z', '2023-11-05T10:00Z'],
    ['start twice: 01:30 first at -5', [SUNDAY, '01:30', '02:30'], '2023-11-05T06:30Z', '2023-11-05T08:30Z'],
    ['end twice: 01:30 first at -5', [SATURDAY, '23:00', '01:30'], '2023-11-05T04:00Z', '2023-11-05T06:30Z'],
    ['both twice', [SUNDAY, '01:00', '01:30'], '2023-11-05T06:00Z', '2023-11-05T06:30Z'],
  ])('%s', (...night) => expect(openAround('America/Chicago', night)).toEqual(onlyWithin(night)));
});

describe('Australia/Lord_Howe: half an hour, +10:30 to +11 at 2023-09-30T15:30Z, back at 2024-04-06T15:00Z', () => {
  it.each<Night>([
    ['spring, across the gap', [SUNDAY, '01:00', '04:00'], '2023-09-30T14:30Z', '2023-09-30T17:00Z'],
    ['spring, 02:15 at +10:30', [SUNDAY, '02:15', '04:00'], '2023-09-30T15:45Z', '2023-09-30T17:00Z'],
    ['autumn, across', [SUNDAY, '01:00', '03:00'], '2024-04-06T14:00Z', '2024-04-06T16:30Z'],
    ['autumn, 01:45 first at +11', [SUNDAY, '01:45', '03:00'], '2024-04-06T14:45Z', '2024-04-06T16:30Z'],
  ])('%s', (...night) => expect(openAround('Australia/Lord_Howe', night)).toEqual(onlyWithin(night)));
});

describe('America/Havana: no midnight on 2023-03-12 (-5 to -4 at 05:00Z), two on 2023-11-05 (back at 05:00Z)', () => {
  it.each<Night>([
    ['skipped midnight as an end, at -5', [SATURDAY, '22:00', '23:59:59'], '2023-03-12T03:00Z', '2023-03-12T05:00Z'],
    ['the Sunday of 23 hours', [SUNDAY, '00:00', '00:00'], '2023-03-12T05:00Z', '2023-03-13T04:00Z'],
    ['00:30 at -5', [SUNDAY, '00:30', '02:00'], '2023-03-12T05:30Z', '2023-03-12T06:00Z'],
    ['first midnight as an end', [SATURDAY, '22:00', '24:00'], '2023-11-05T02:00Z', '2023-11-05T04:00Z'],
    ['the Sunday of 25 hours', [SUNDAY, '00:00', '24:00'], '2023-11-05T04:00Z', '2023-11-06T05:00Z'],
  ])('%s', (...night) => expect(openAround('America/Havana', night)).toEqual(onlyWithin(night)));

  it('a store whose Saturday ends at the skipped midnight has one opening, not two', () => {
    // Saturday ends where Sunday starts, 05:00Z, so the poll of 04:00Z is evidence until 07:00Z: up 3 h, carried 1 h.
    const hours = [SATURDAY, SUNDAY].map((dayOfWeek) => ({ storeId: 'a', dayOfWeek, start: '00:00', end: '23:59:59' }));
    const polls = [{ storeId: 'a', active: true, at: Date.parse('2023-03-12T04:00Z') }];
    const input = { polls, hours, zones: [{ storeId: 'a', timezone: 'America/Havana' }] };
    const parts = referenceParts(input, 'a', Date.parse('2023-03-12T04:00Z'), Date.parse('2023-03-12T08:00Z'));
    expect(parts).toMatchObject({ open: 14_400_000, up: 10_800_000, carriedUp: 3_600_000 });
  });
});

describe('other zones', () => {
  it.each<[string, ...Night]>([
    // 00:00 (+2) becomes 01:00 (+3) at 2022-03-26T22:00Z.
    ['Asia/Beirut', 'no midnight', [SUNDAY, '00:00', '02:00'], '2022-03-26T22:00Z', '2022-03-26T23:00Z'],
    ['Asia/Kathmandu', '+5:45', [MONDAY, '09:00', '10:00'], '2023-01-23T03:15Z', '2023-01-23T04:15Z'],
    // Friday 2011-12-30 does not exist: -10 became +14 as Thursday ended, at 10:00Z. A date that does not exist has no
    // openings. An opening of Thursday continues after it: its end, 02:00 of Friday, is read at -10.
    ['Pacific/Apia', 'skipped day is empty', [FRIDAY, '00:00', '00:00'], '2011-12-30T10:00Z', '2011-12-30T10:00Z'],
    ['Pacific/Apia', 'its 09:00 to 17:00', [FRIDAY, '09:00', '17:00'], '2011-12-30T19:00Z', '2011-12-30T19:00Z'],
    ['Pacific/Apia', 'the night from it', [FRIDAY, '22:00', '02:00'], '2011-12-31T08:00Z', '2011-12-31T08:00Z'],
    ['Pacific/Apia', 'the night into it', [THURSDAY, '22:00', '02:00'], '2011-12-30T08:00Z', '2011-12-30T12:00Z'],
    ['Pacific/Apia', 'the Saturday after', [SATURDAY, '09:00', '17:00'], '2011-12-30T19:00Z', '2011-12-31T03:00Z'],
  ])('%s: %s', (zone, ...night) => expect(openAround(zone, night)).toEqual(onlyWithin(night)));
});

describe('parseDate', () => {
  it('returns the midnight of the date', () => {
    expect(parseDate('1970-01-02')).toBe(86_400_000);
    expect(parseDate('2024-02-29')).toBe(Date.UTC(2024, 1, 29));
  });

  it.each(['', '2023-1-2', '2023-02-29', '2023-02-30', '2023-13-01', '2023-01-24T00:00', '20230124'])(
    'rejects %j',
    (text) => {
      expect(() => parseDate(text)).toThrow(RangeError);
    },
  );
});
