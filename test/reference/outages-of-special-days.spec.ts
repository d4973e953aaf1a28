import { describe, expect, it } from '@jest/globals';
import { WEEKDAYS, ALWAYS, storeA, outages } from './outages-of-a.js';

// Every expected figure is worked out by hand.

describe('special hours and a life', () => {
  const special = (date: string, start: string | null, end: string | null) => ({ storeId: 'a', date, start, end });

  it('do not split an outage at a closed date', () => {
    // 22:00-24:00 observed; the 24th closed; 00:00-01:00 of the 25th carried.
    const input = storeA(ALWAYS, [
      ['23T22:00', 'inactive'],
      ['25T01:00', 'active'],
    ]);
    expect(outages({ ...input, special: [special('2023-01-24', null, null)] }, '26T00:00')).toEqual([
      { start: '23T22:00', end: '25T01:00', down: 120, carried: 60, firstPoll: '23T22:00', endPoll: '25T01:00' },
    ]);
  });

  it('move the start and the end of an outage', () => {
    // Open 12:00-14:00 instead of 09:00-17:00: the poll of 10:00 is before the opening, that of 13:00 within.
    const input = storeA(WEEKDAYS, [
      ['23T10:00', 'inactive'],
      ['23T13:00', 'inactive'],
      ['23T16:00', 'active'],
    ]);
    expect(outages({ ...input, special: [special('2023-01-23', '12:00', '14:00')] }, '24T00:00')).toEqual([
      { start: '23T12:00', end: '23T14:00', down: 60, carried: 60, firstPoll: '23T10:00', endPoll: '23T16:00' },
    ]);
  });

  it('remove an outage by closing its date', () => {
    const input = storeA(WEEKDAYS, [
      ['23T10:00', 'inactive'],
      ['23T12:00', 'active'],
    ]);
    expect(outages({ ...input, special: [special('2023-01-23', null, null)] }, '24T00:00')).toEqual([]);
  });

  it("begin an outage with the store's first opening", () => {
    const input = storeA(WEEKDAYS, [
      ['23T10:00', 'inactive'],
      ['25T10:00', 'active'],
    ]);
    const lives = [{ storeId: 'a', openedOn: '2023-01-25', closedOn: null }];
    expect(outages({ ...input, lives }, '26T00:00')).toEqual([
      { start: '25T09:00', end: '25T10:00', down: 0, carried: 60, firstPoll: '23T10:00', endPoll: '25T10:00' },
    ]);
  });

  it("end an outage with the store's last opening, without an active poll", () => {
    // The last opening is on the 24th. On the 23rd one hour is observed; the whole 24th is carried.
    const input = storeA(WEEKDAYS, [
      ['23T16:00', 'inactive'],
      ['27T10:00', 'active'],
    ]);
    const closed = { ...input, lives: [{ storeId: 'a', openedOn: null, closedOn: '2023-01-24' }] };
    const whole = { start: '23T16:00', end: '24T17:00', down: 60, carried: 480, firstPoll: '23T16:00', endPoll: null };
    // The outage is ongoing in the night before the last opening, and until its last minute.
    expect(outages(closed, '24T08:00')).toEqual([{ ...whole, end: null, carried: 0 }]);
    expect(outages(closed, '24T16:59')).toEqual([{ ...whole, end: null, carried: 479 }]);
    expect(outages(closed, '24T17:00')).toEqual([whole]);
    expect(outages(closed, '26T00:00', '24T16:59')).toEqual([whole]);
    expect(outages(closed, '26T00:00', '24T17:00')).toEqual([]);
    // A later active poll is then recorded as its end, which does not move.
    expect(outages(closed, '28T00:00')).toEqual([{ ...whole, endPoll: '27T10:00' }]);
  });

  it('end an outage before a last date on which they close the store, but not while another date follows', () => {
    const input = storeA(WEEKDAYS, [['23T16:00', 'inactive']]);
    const expected = { start: '23T16:00', down: 60, carried: 0, firstPoll: '23T16:00', endPoll: null };
    const lastDate = (closedOn: string) => [{ storeId: 'a', openedOn: null, closedOn }];
    const rows = { ...input, special: [special('2023-01-24', null, null)] };
    expect(outages({ ...rows, lives: lastDate('2023-01-24') }, '23T17:00')).toEqual([{ ...expected, end: '23T17:00' }]);
    // The 25th is open.
    expect(outages({ ...rows, lives: lastDate('2023-01-25') }, '23T17:00')).toEqual([{ ...expected, end: null }]);
  });

  it('end an outage with the whole of the last night', () => {
    const input = storeA([[1, '22:00', '02:00']], [['24T23:00', 'inactive']]);
    const closed = { ...input, lives: [{ storeId: 'a', openedOn: null, closedOn: '2023-01-24' }] };
    const expected = { start: '24T23:00', carried: 0, firstPoll: '24T23:00', endPoll: null };
    expect(outages(closed, '25T01:59')).toEqual([{ ...expected, end: null, down: 179 }]);
    expect(outages(closed, '25T02:00')).toEqual([{ ...expected, end: '25T02:00', down: 180 }]);
  });
});
