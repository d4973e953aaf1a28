import { describe, expect, it } from '@jest/globals';
import { copyNumberOf, kindOf } from './file-kind.js';

describe('the kind of a file', () => {
  it.each([
    ['store_status.csv', 'store_status'],
    ['store status.csv', 'store_status'],
    ['STORE_STATUS.CSV.GZ', 'store_status'],
    ['store_status (2).csv', 'store_status'],
    ['menu_hours.csv', 'business_hours'],
    ['Menu hours.csv', 'business_hours'],
    ['business-hours.txt', 'business_hours'],
    ['timezones.csv.gz', 'store_timezones'],
    ['store_timezone.csv', 'store_timezones'],
    ['Timezone (1).csv.gz', 'store_timezones'],
    ['store_timezones', 'store_timezones'],
    ['special_hours.csv', 'special_hours'],
    ['store_life.csv', 'store_life'],
    ['stores.csv', 'stores'],
    ['Store (1).csv.gz', 'stores'],
  ])('%s: %s', (name, kind) => {
    expect(kindOf(name)).toBe(kind);
  });

  it.each(['report.csv', 'status.csv', 'store_status.xlsx', '.csv', ''])('is unknown for %j', (name) => {
    expect(kindOf(name)).toBeUndefined();
  });

  it.each([
    ['store_status.csv', 0],
    ['store_status (2).csv.gz', 2],
    ['store_status(10).csv', 10],
  ])('%s: copy %i', (name, copy) => {
    expect(copyNumberOf(name)).toBe(copy);
  });
});
