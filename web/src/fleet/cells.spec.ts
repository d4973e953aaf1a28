import type { HeatmapStore } from '../api/fleet.js';
import { Cells } from './cells.js';

const FROM_MS = Date.parse('2026-01-12T00:00:00Z');

const store = (id: string, up: (number | null)[], down: (number | null)[]): HeatmapStore => ({
  store_id: id,
  name: null,
  tags: {},
  timezone: 'America/Chicago',
  state: 'up',
  lost_ms: 60_000,
  silent_ms: 0,
  open_ms: 3_600_000,
  up_percent: up,
  down_percent: down,
});

describe('Cells', () => {
  it('returns the stored shares, and the rest as silent', () => {
    const cells = new Cells(FROM_MS, 3, 1);
    cells.add([store('a', [null, 61, 0], [null, 14, 100])]);
    expect([0, 1, 2].map((hour) => cells.shareAt(0, hour))).toEqual([
      undefined,
      { up: 61, down: 14, silent: 25 },
      { up: 0, down: 100, silent: 0 },
    ]);
  });

  it('never has negative silent shares, even if up and down sum to 101', () => {
    const cells = new Cells(FROM_MS, 1, 1);
    cells.add([store('a', [51], [50])]);
    expect(cells.shareAt(0, 0)).toEqual({ up: 51, down: 50, silent: 0 });
  });

  it('keeps closed hours apart from hours without uptime', () => {
    const cells = new Cells(FROM_MS, 2, 1);
    cells.add([store('a', [null, 0], [null, 0])]);
    expect(cells.shareAt(0, 0)).toBeUndefined();
    expect(cells.shareAt(0, 1)).toEqual({ up: 0, down: 0, silent: 100 });
  });

  it('grows beyond the expected number of rows', () => {
    const cells = new Cells(FROM_MS, 2, 1);
    for (let page = 0; page < 5; page++) {
      cells.add([store(`${page}a`, [page, null], [0, null]), store(`${page}b`, [100, page], [0, 0])]);
    }
    expect(cells.rows.map(({ storeId }) => storeId)).toEqual([
      '0a',
      '0b',
      '1a',
      '1b',
      '2a',
      '2b',
      '3a',
      '3b',
      '4a',
      '4b',
    ]);
    expect(cells.shareAt(8, 0)).toEqual({ up: 4, down: 0, silent: 96 });
    expect(cells.shareAt(9, 1)).toEqual({ up: 4, down: 0, silent: 96 });
  });

  it('returns the start of an hour', () => {
    expect(new Cells(FROM_MS, 168, 0).hourMs(25)).toBe(Date.parse('2026-01-13T01:00:00Z'));
  });
});
