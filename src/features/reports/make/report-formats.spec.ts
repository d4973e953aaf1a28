import { describe, expect, it } from '@jest/globals';
import { HOUR_MS, MINUTE_MS } from '#libs/instant/instant.js';
import { type UptimeBreakdown, noParts } from '#libs/uptime/breakdown.js';
import type { WindowFigures } from '#libs/uptime/window-parts.js';
import { standardWindows } from '#libs/uptime/windows.js';
import type { StoreFigures } from './report-figures.js';
import { CONTENT_TYPES, type ReportShape, reportText } from './report-formats.js';
import { writeReport } from './report-writer.js';

const AS_OF_MS = Date.parse('2023-01-23T12:00Z');
const STANDARD = { basis: 'all', asOfMs: AS_OF_MS, windows: standardWindows(AS_OF_MS), isStandard: true } as const;
const MORNING = { name: 'morning', startMs: Date.parse('2023-01-23T09:00Z'), endMs: AS_OF_MS };
const WEEK = { name: 'week', startMs: Date.parse('2023-01-16T00:00Z'), endMs: Date.parse('2023-01-23T00:00Z') };
const OWN = { basis: 'all', asOfMs: AS_OF_MS, windows: [MORNING, WEEK], isStandard: false } as const;

/** The figures of a window from its five parts. */
function figuresOf(parts: Partial<UptimeBreakdown>, polls = 0): WindowFigures {
  const five = { ...noParts(), ...parts };
  const openMs = five.upMs + five.downMs + five.carriedUpMs + five.carriedDownMs + five.unknownMs;
  return { parts: { ...five, openMs }, polls, everPolled: polls > 0 };
}
const store = (storeId: string, ...windows: WindowFigures[]): StoreFigures => ({ storeId, windows });

async function write(
  shape: ReportShape,
  figures: readonly StoreFigures[],
  onProgress: (stores: number) => void = () => undefined,
): Promise<string> {
  let text = '';
  for await (const piece of writeReport(at250(figures), reportText(shape), onProgress)) text += piece;
  return text;
}
async function* at250(figures: readonly StoreFigures[]): AsyncGenerator<StoreFigures[]> {
  for (let at = 0; at < figures.length; at += 250) yield figures.slice(at, at + 250);
}
/** `count` stores with the same figures in two windows. */
const manyStores = (count: number): StoreFigures[] =>
  Array.from({ length: count }, (_, i) => store(`s${i}`, figuresOf({ upMs: i }, 1), figuresOf({ downMs: i })));

// All five parts differ, so that a mix-up shows.
const FIVE = { upMs: 1, downMs: 2, carriedUpMs: 4, carriedDownMs: 8, unknownMs: 16 };
const FORMULA_IDS = ['=1+1', '+1', '-1+2', '@sum', '\t=1', '\r=1'];
// Non-numeric text is defused; a plain negative integer is not a formula.
const PLAIN_IDS = ['-42', '007', '1e3', "'=1", 'a=1', ' =1'];

describe('the CSV of a standard report', () => {
  const inMinutes = figuresOf({
    upMs: 30 * MINUTE_MS,
    carriedUpMs: 15 * MINUTE_MS,
    downMs: 5 * MINUTE_MS + 300,
    unknownMs: 3 * MINUTE_MS,
  });
  const inHours = figuresOf({ upMs: 6 * HOUR_MS, carriedUpMs: HOUR_MS, downMs: HOUR_MS / 2, carriedDownMs: HOUR_MS });
  const inWeek = figuresOf({ upMs: 60 * HOUR_MS, unknownMs: 18_000 });
  const HEADER =
    'store_id,uptime_last_hour(in minutes),uptime_last_day(in hours),update_last_week(in hours),downtime_last_hour(in minutes),downtime_last_day(in hours),downtime_last_week(in hours)\n';

  it('has seven columns: the hour in minutes, the day and week in hours, two decimals, rounded half up', async () => {
    const figures = [store('7', inMinutes, inHours, inWeek), store('8', figuresOf({}), figuresOf({}), figuresOf({}))];
    // 300 ms are 0.005 minutes, 18 s are 0.005 hours.
    const rows = '7,45.00,7.00,60.00,8.01,1.50,0.01\n8,0.00,0.00,0.00,0.00,0.00,0.00\n';
    expect(await write({ ...STANDARD, format: 'csv' }, figures)).toBe(HEADER + rows);
  });

  it('counts only observed time with the basis observed', async () => {
    const text = await write({ ...STANDARD, format: 'csv', basis: 'observed' }, [
      store('7', inMinutes, inHours, inWeek),
    ]);
    expect(text).toBe(`${HEADER}7,30.00,6.00,60.00,5.01,0.50,0.00\n`);
  });

  it('has only its header without stores', async () => {
    expect(await write({ ...STANDARD, format: 'csv' }, [])).toBe(HEADER);
  });
});

describe('the CSV of other windows', () => {
  const HEADER =
    'store_id,' +
    'morning_open_ms,morning_up_ms,morning_down_ms,morning_carried_up_ms,morning_carried_down_ms,morning_unknown_ms,' +
    'week_open_ms,week_up_ms,week_down_ms,week_carried_up_ms,week_carried_down_ms,week_unknown_ms\n';

  it('has open time and its five parts for each window, whatever the basis', async () => {
    const figures = [store('7', figuresOf(FIVE), figuresOf({ upMs: 604_800_000 }))];
    const text = `${HEADER}7,31,1,2,4,8,16,604800000,604800000,0,0,0,0\n`;
    expect(await write({ ...OWN, format: 'csv' }, figures)).toBe(text);
    expect(await write({ ...OWN, format: 'csv', basis: 'observed' }, figures)).toBe(text);
  });

  it('has only its header without stores', async () => {
    expect(await write({ ...OWN, format: 'csv' }, [])).toBe(HEADER);
  });
});

describe('an id', () => {
  it.each([
    ['with seven columns', STANDARD],
    ['of other windows', OWN],
  ])('that a spreadsheet would evaluate is defused in the CSV %s', async (_, shape) => {
    const ids = [...FORMULA_IDS, ...PLAIN_IDS, 'a,b', 'a"b'];
    const figures = ids.map((id) => store(id, ...shape.windows.map(() => figuresOf({}))));
    const text = await write({ ...shape, format: 'csv' }, figures);
    const shown = [
      "'=1+1",
      "'+1",
      "'-1+2",
      "'@sum",
      "'\t=1",
      '"\'\r=1"', // quoted for its carriage return
      ...PLAIN_IDS,
      '"a,b"',
      '"a""b"',
    ];
    const rows = text.split('\n').slice(1, -1);
    expect(rows.map((row) => row.replace(/(,0(\.00)?)+$/, ''))).toEqual(shown);
  });

  it('is unchanged in JSON', async () => {
    const ids = [...FORMULA_IDS, ...PLAIN_IDS, 'a"b', '8139926242460185114'];
    const figures = ids.map((id) => store(id, figuresOf({}), figuresOf({})));
    const document = JSON.parse(await write({ ...OWN, format: 'json' }, figures));
    expect(document.stores.map((row: { store_id: unknown }) => row.store_id)).toEqual(ids);
    const lines = (await write({ ...OWN, format: 'ndjson' }, figures)).split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line).store_id)).toEqual(ids);
  });
});

describe('the JSON', () => {
  const figures = store('7', figuresOf(FIVE, 3), figuresOf({ carriedUpMs: 2, downMs: 1 }));
  const morning = { open_ms: 31, up_ms: 1, down_ms: 2, carried_up_ms: 4, carried_down_ms: 8, unknown_ms: 16, polls: 3 };
  const week = { open_ms: 3, up_ms: 0, down_ms: 1, carried_up_ms: 2, carried_down_ms: 0, unknown_ms: 0, polls: 0 };
  const about = {
    as_of: '2023-01-23T12:00:00.000Z',
    windows: [
      { name: 'morning', from: '2023-01-23T09:00:00.000Z', to: '2023-01-23T12:00:00.000Z' },
      { name: 'week', from: '2023-01-16T00:00:00.000Z', to: '2023-01-23T00:00:00.000Z' },
    ],
  };

  it('has the parts and figures of each store and window', async () => {
    // 5 of 31 is 16.129 percent, 2 of 3 is 66.67.
    expect(JSON.parse(await write({ ...OWN, format: 'json' }, [figures]))).toEqual({
      ...about,
      basis: 'all',
      stores: [
        {
          store_id: '7',
          windows: {
            morning: { ...morning, uptime_ms: 5, downtime_ms: 26, uptime_percent: 16.13 },
            week: { ...week, uptime_ms: 2, downtime_ms: 1, uptime_percent: 66.67 },
          },
        },
      ],
    });
  });

  it('counts only observed time with the basis observed', async () => {
    // 1 of 3 is 33.33 percent.
    expect(JSON.parse(await write({ ...OWN, format: 'json', basis: 'observed' }, [figures]))).toMatchObject({
      basis: 'observed',
      stores: [
        {
          windows: {
            morning: { ...morning, uptime_ms: 1, downtime_ms: 2, uptime_percent: 33.33 },
            week: { ...week, uptime_ms: 0, downtime_ms: 1, uptime_percent: 0 },
          },
        },
      ],
    });
  });

  it('has a null percentage when there is no open time', async () => {
    const never = store('7', figuresOf({}), figuresOf({ carriedUpMs: 5, unknownMs: 5 }));
    const percentages = async (basis: 'all' | 'observed') => {
      const { stores } = JSON.parse(await write({ ...OWN, format: 'json', basis }, [never]));
      return [stores[0].windows.morning.uptime_percent, stores[0].windows.week.uptime_percent];
    };
    expect(await percentages('all')).toEqual([null, 50]);
    expect(await percentages('observed')).toEqual([null, null]);
  });

  it('has the last hour, day and week for a standard report', async () => {
    const { windows } = JSON.parse(await write({ ...STANDARD, format: 'json' }, []));
    expect(windows).toEqual([
      { name: 'last_hour', from: '2023-01-23T11:00:00.000Z', to: '2023-01-23T12:00:00.000Z' },
      { name: 'last_day', from: '2023-01-22T12:00:00.000Z', to: '2023-01-23T12:00:00.000Z' },
      { name: 'last_week', from: '2023-01-16T12:00:00.000Z', to: '2023-01-23T12:00:00.000Z' },
    ]);
  });

  // Around batches of 250 stores.
  it.each([0, 1, 2, 249, 250, 251, 500, 501])('is one document for %i stores', async (count) => {
    const { stores, ...rest } = JSON.parse(await write({ ...OWN, format: 'json' }, manyStores(count)));
    expect(rest).toEqual({ ...about, basis: 'all' });
    expect(stores.map((row: { store_id: unknown }) => row.store_id)).toEqual(manyStores(count).map((s) => s.storeId));
  });

  it.each([0, 1, 2, 249, 250, 251, 500, 501])('in lines has one line for each of %i stores', async (count) => {
    const text = await write({ ...OWN, format: 'ndjson' }, manyStores(count));
    const lines = text.split('\n');
    expect(lines.pop()).toBe(''); // each line ends with a line break
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      JSON.parse(await write({ ...OWN, format: 'json' }, manyStores(count))).stores,
    );
    expect(lines.length).toBe(count);
  });
});

describe('any format', () => {
  it('has its own media type', () => {
    expect(CONTENT_TYPES).toEqual({
      csv: 'text/csv; charset=utf-8',
      json: 'application/json; charset=utf-8',
      ndjson: 'application/x-ndjson; charset=utf-8',
    });
  });

  it('has every store once, in order, and reports progress', async () => {
    const progress: number[] = [];
    const text = await write({ ...OWN, format: 'csv' }, manyStores(501), (stores) => progress.push(stores));
    const rows = text.split('\n').slice(1, -1);
    expect(rows.map((row) => row.split(',')[0])).toEqual(manyStores(501).map(({ storeId }) => storeId));
    expect(progress).toEqual([250, 500, 501]);
  });
});
