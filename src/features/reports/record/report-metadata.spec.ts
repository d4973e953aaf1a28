import { describe, expect, it } from '@jest/globals';
import { type UptimeBreakdown, noParts } from '#libs/uptime/breakdown.js';
import type { WindowFigures } from '#libs/uptime/window-parts.js';
import { MetadataCollector, type ReportMetadata, type WindowMetadata } from './report-metadata.js';

const AS_OF_MS = Date.parse('2023-01-23T12:00Z');
const WINDOWS = [
  { name: 'morning', startMs: Date.parse('2023-01-23T09:00Z'), endMs: AS_OF_MS },
  { name: 'sunday', startMs: Date.parse('2023-01-22T00:00Z'), endMs: Date.parse('2023-01-23T00:00Z') },
];

const figures = (parts: Partial<UptimeBreakdown>, polls: number, everPolled: boolean): WindowFigures => ({
  parts: { ...noParts(), ...parts },
  polls,
  everPolled,
});

/** The metadata of stores with these figures in the windows. */
function accountOf(stores: readonly WindowFigures[][], windows = WINDOWS): ReportMetadata {
  const collector = new MetadataCollector(windows);
  for (const store of stores) collector.add(store);
  return collector.metadata({ asOf: new Date(AS_OF_MS), basis: 'observed', filter: 'tags:a' }, 10_800_000, '2026a');
}

/** The metadata of stores in a single window. */
const windowOf = (...stores: WindowFigures[]): WindowMetadata =>
  accountOf(
    stores.map((store) => [store]),
    WINDOWS.slice(0, 1),
  ).windows[0];

describe('the metadata of a report', () => {
  it('has the rules applied, and how much was observed in each window', () => {
    const stores = [
      [figures({ openMs: 100, upMs: 60, carriedUpMs: 40 }, 3, true), figures({ openMs: 1 }, 0, false)],
      [figures({ openMs: 100, downMs: 15, carriedDownMs: 85 }, 1, true), figures({ openMs: 1, upMs: 1 }, 5, true)],
      [figures({ openMs: 100, carriedUpMs: 100 }, 0, true), figures({ openMs: 1, carriedUpMs: 1 }, 0, true)],
      [figures({ openMs: 100, unknownMs: 100 }, 0, false), figures({ openMs: 1, unknownMs: 1 }, 0, false)],
    ];
    // Observed are 60 + 15 of 400 in the morning, 1 of 4 on Sunday.
    expect(accountOf(stores)).toEqual({
      as_of: '2023-01-23T12:00:00.000Z',
      basis: 'observed',
      filter: 'tags:a',
      poll_valid_for_ms: 10_800_000,
      tz_version: '2026a',
      stores: 4,
      windows: [
        {
          name: 'morning',
          from: '2023-01-23T09:00:00.000Z',
          to: '2023-01-23T12:00:00.000Z',
          polls: 4,
          stores_never_polled: 1,
          stores_silent: 1,
          observed_share: 0.1875,
        },
        {
          name: 'sunday',
          from: '2023-01-22T00:00:00.000Z',
          to: '2023-01-23T00:00:00.000Z',
          polls: 5,
          stores_never_polled: 2,
          stores_silent: 1,
          observed_share: 0.25,
        },
      ],
    });
  });

  it('has windows even without stores', () => {
    const { stores, windows } = accountOf([]);
    expect(stores).toBe(0);
    expect(windows).toMatchObject([
      { name: 'morning', polls: 0, stores_never_polled: 0, stores_silent: 0, observed_share: null },
      { name: 'sunday', polls: 0, stores_never_polled: 0, stores_silent: 0, observed_share: null },
    ]);
  });

  it('starts at zero for each report', () => {
    const stores = [[figures({ openMs: 100, upMs: 60 }, 3, true), figures({}, 0, false)]];
    accountOf(stores);
    expect(accountOf(stores)).toMatchObject({ stores: 1, windows: [{ polls: 3 }, { stores_never_polled: 1 }] });
  });

  it('covers the stores added so far', () => {
    const collector = new MetadataCollector(WINDOWS.slice(0, 1));
    const account = (): ReportMetadata =>
      collector.metadata({ asOf: new Date(AS_OF_MS), basis: 'all', filter: null }, 1, '2026a');
    expect(account()).toMatchObject({ basis: 'all', poll_valid_for_ms: 1, stores: 0 });
    collector.add([figures({ openMs: 2, upMs: 1 }, 7, true)]);
    expect(account()).toMatchObject({ stores: 1, windows: [{ polls: 7, observed_share: 0.5 }] });
  });
});

describe('a store', () => {
  it('polled while closed is neither silent nor never polled', () => {
    expect(windowOf(figures({}, 2, true))).toMatchObject({ polls: 2, stores_never_polled: 0, stores_silent: 0 });
  });

  it('is either silent or never polled, not both', () => {
    expect(windowOf(figures({}, 0, true))).toMatchObject({ stores_never_polled: 0, stores_silent: 1 });
    expect(windowOf(figures({}, 0, false))).toMatchObject({ stores_never_polled: 1, stores_silent: 0 });
  });
});

describe('the observed share', () => {
  it.each([
    [{ openMs: 3, upMs: 1 }, 0.3333],
    [{ openMs: 3, downMs: 2 }, 0.6667],
    [{ openMs: 20_000, upMs: 1 }, 0.0001], // 0.00005, half up
    [{ openMs: 20_001, upMs: 1 }, 0],
    [{ openMs: 7, upMs: 3, downMs: 4 }, 1],
    [{ openMs: 5, carriedUpMs: 5 }, 0],
    [{}, null],
  ])('of %j is %j, with four decimals', (parts, share) => {
    expect(windowOf(figures(parts, 0, false)).observed_share).toBe(share);
  });

  it('is a share of the open time of all stores, not the mean of their shares', () => {
    const long = figures({ openMs: 900, upMs: 0, carriedUpMs: 900 }, 0, true);
    expect(windowOf(figures({ openMs: 100, upMs: 100 }, 1, true), long, figures({}, 0, false)).observed_share).toBe(
      0.1,
    );
  });
});
