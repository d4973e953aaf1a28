import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';

/** Modules that may name a table in SQL. All others call them and do not know how polls and hours are stored. */
const OWNERS: Readonly<Record<string, RegExp>> = {
  status_poll: /^src\/features\/polls\/|^src\/platform\/database\//,
  status_day: /^src\/features\/polls\/|^src\/features\/rollups\/week-retention\.ts$|^src\/platform\/database\//,
  uptime_day: /^src\/features\/rollups\/|^src\/platform\/database\//,
};

describe('the tables of polls and hours', () => {
  it.each(Object.entries(OWNERS))('%s is named only by its owner', (table, owner) => {
    const named = globSync('src/**/*.ts', { exclude: ['**/*.spec.ts', 'src/generated/**'] })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => new RegExp(`\\b${table}\\b`).test(readFileSync(file, 'utf8')));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((file) => !owner.test(file))).toEqual([]);
  });
});
