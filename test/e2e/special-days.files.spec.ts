import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { LOCAL_TIME_FORM } from '../../libs/calendar/local-time.js';
import { EXAMPLE_REPORT, loadExample } from './example.js';
import { HEADER, counts, failedImport } from './files.js';
import { UUID, load, newReport, rejectsOf, send, sendFile } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const COUNTS = { read: 0, accepted: 0, duplicate: 0, rejected: 0 };

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

interface Calendar {
  special_hours: { date: string; hours: { start_time_local: string; end_time_local: string }[] }[];
  opened_on: string | null;
  closed_on: string | null;
}

const calendar = async (id: string): Promise<Calendar> =>
  (await send(server, `/v1/stores/${encodeURIComponent(id)}`)).json() as Calendar;

/** A store's special dates, such as `2023-01-23 10:30:00-12:00:00 …`. */
async function special(id: string): Promise<string[]> {
  const { special_hours: days } = await calendar(id);
  return days.map(({ date, hours }) =>
    [date, ...hours.map((row) => `${row.start_time_local}-${row.end_time_local}`)].join(' '),
  );
}

async function life(id: string): Promise<[string | null, string | null]> {
  const { opened_on: openedOn, closed_on: closedOn } = await calendar(id);
  return [openedOn, closedOn];
}

const specialHours = (...rows: string[]): string => `${HEADER.special_hours}${rows.join('\n')}\n`;
const storeLife = (...rows: string[]): string => `${HEADER.store_life}${rows.join('\n')}\n`;

describe('POST /v1/imports/special_hours', () => {
  it('replaces the stores and dates in the file and keeps the others', async () => {
    await load(
      server,
      'special_hours',
      specialHours('s1,2023-01-23,10:00,11:00', 's1,2023-01-24,,', 's2,2023-01-23,,'),
    );

    const answer = await sendFile(
      server,
      'special_hours',
      specialHours('s1,2023-01-23,09:00:00,10:00:00', 's1,2023-01-23,22:00,02:00', 's1,2023-01-25,,'),
    );

    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({
      import_id: expect.stringMatching(UUID),
      kind: 'special_hours',
      status: 'Complete',
      error: null,
      ...COUNTS,
      read: 3,
      accepted: 3,
    });
    expect(await special('s1')).toEqual(['2023-01-23 09:00:00-10:00:00 22:00:00-02:00:00', '2023-01-24', '2023-01-25']);
    expect(await special('s2')).toEqual(['2023-01-23']);
  });

  it.each([
    ['before', ['c1,2023-12-24,,', 'c1,2023-12-24,09:00,14:00']],
    ['behind', ['c2,2023-12-24,09:00,14:00', 'c2,2023-12-24,,']],
  ])('prefers the opening times of a date to a closed row %s them', async (_where, rows) => {
    const loaded = await load(server, 'special_hours', specialHours(...rows));

    expect(counts(loaded)).toEqual({ ...COUNTS, read: 2, accepted: 1, duplicate: 1 });
    expect(await special(rows[0].slice(0, 2))).toEqual(['2023-12-24 09:00:00-14:00:00']);
  });

  it('counts every row of the same file as a duplicate', async () => {
    const file = specialHours(
      'd,2023-01-23,10:00,11:00',
      'd,2023-01-23,12:00,13:00',
      'd,2023-12-25,,',
      'd2,2023-12-25,,',
    );
    const first = await load(server, 'special_hours', file);
    const before = await calendar('d');

    const again = await load(server, 'special_hours', file);
    const turned = await load(server, 'special_hours', specialHours(...file.trim().split('\n').slice(1).toReversed()));

    expect(counts(first)).toEqual({ ...COUNTS, read: 4, accepted: 4 });
    expect([again, turned].map(counts)).toEqual(
      Array.from({ length: 2 }, () => ({ ...COUNTS, read: 4, duplicate: 4 })),
    );
    expect(await calendar('d')).toEqual(before);
  });

  it('counts a repeated row of one file once', async () => {
    const row = 'twice,2023-01-23,10:00,11:00';
    const loaded = await load(
      server,
      'special_hours',
      specialHours(row, row, 'twice,2023-12-25,,', 'twice,2023-12-25,,'),
    );

    expect(counts(loaded)).toEqual({ ...COUNTS, read: 4, accepted: 2, duplicate: 2 });
    expect(await special('twice')).toEqual(['2023-01-23 10:00:00-11:00:00', '2023-12-25']);
  });

  it('keeps the valid rows and reports the line and the error of each other row', async () => {
    await load(server, 'special_hours', specialHours('k,2023-01-02,08:00,09:00'));

    const loaded = await load(
      server,
      'special_hours',
      specialHours(
        'k,2023-01-23,10:00,11:00',
        'k,2023-02-29,10:00,11:00',
        'k,2023-01-27,31:00,32:00',
        'k,2023-01-24,10:00,',
        'k,2023-01-24,,11:00',
        'k,,10:00,11:00',
        ',2023-01-25,,',
        'k,2023-01-25',
        'k,2023-01-02,nine,ten',
        'k,2023-01-26, , ',
      ),
    );

    expect(counts(loaded)).toEqual({ ...COUNTS, read: 10, accepted: 2, rejected: 8 });
    const form = 'is not a date YYYY-MM-DD from 1900-01-01 to 2199-12-31';
    expect((await rejectsOf(server, loaded.import_id)).map(([line, reason]) => [line, reason])).toEqual([
      ['3', `date: "2023-02-29" ${form}`],
      ['4', `start_time_local: "31:00" is not ${LOCAL_TIME_FORM}, or Closed`],
      ['5', `end_time_local: "" is not ${LOCAL_TIME_FORM}, or Closed`],
      ['6', `start_time_local: "" is not ${LOCAL_TIME_FORM}, or Closed`],
      ['7', `date: "" ${form}`],
      ['8', 'store_id is empty'],
      ['9', 'the row has 2 fields, the header 4'],
      ['10', `start_time_local: "nine" is not ${LOCAL_TIME_FORM}, or Closed`],
    ]);
    // The date whose only row is invalid is unchanged.
    expect(await special('k')).toEqual(['2023-01-02 08:00:00-09:00:00', '2023-01-23 10:00:00-11:00:00', '2023-01-26']);
  });
});

describe('POST /v1/imports/store_life', () => {
  it('sets the life of the stores in the file, and the last row of a store wins', async () => {
    await load(server, 'store_life', storeLife('l1,2023-01-01,2023-12-31', 'l2,2023-01-01,'));

    const loaded = await load(
      server,
      'store_life',
      storeLife('l1,2022-01-01,', 'l1,,2023-06-30', 'l3,2023-01-01,2023-01-01'),
    );

    expect(loaded).toMatchObject({ kind: 'store_life', status: 'Complete' });
    expect(counts(loaded)).toEqual({ ...COUNTS, read: 3, accepted: 2, duplicate: 1 });
    expect([await life('l1'), await life('l2'), await life('l3')]).toEqual([
      [null, '2023-06-30'],
      ['2023-01-01', null],
      ['2023-01-01', '2023-01-01'],
    ]);
  });

  it('removes the life of a store without dates, and counts an unchanged life as a duplicate', async () => {
    const file = storeLife('e1,2023-01-01,2023-12-31', 'e2,2023-01-01,');
    const imports = [
      await load(server, 'store_life', file),
      await load(server, 'store_life', file),
      await load(server, 'store_life', storeLife('e1,,', 'e2, ,', 'e3,,')),
    ];

    expect(imports.map(counts)).toEqual([
      { ...COUNTS, read: 2, accepted: 2 },
      { ...COUNTS, read: 2, duplicate: 2 },
      { ...COUNTS, read: 3, accepted: 2, duplicate: 1 },
    ]);
    expect([await life('e1'), await life('e2'), await life('e3')]).toEqual(
      Array.from({ length: 3 }, () => [null, null]),
    );
  });

  it('keeps the valid rows and reports the line and the error of each other row', async () => {
    const loaded = await load(
      server,
      'store_life',
      storeLife('g1,2023-01-02,', 'g1,2023-01-02,2023-01-01', 'g1,2023-1-2,', 'g2,,1.1.2023', 'g3', 'g4,,2023-01-02'),
    );

    expect(counts(loaded)).toEqual({ ...COUNTS, read: 6, accepted: 2, rejected: 4 });
    expect((await rejectsOf(server, loaded.import_id)).map(([line, reason]) => [line, reason])).toEqual([
      ['3', 'closed_on: "2023-01-01" is before opened_on, "2023-01-02"'],
      ['4', 'opened_on: "2023-1-2" is not a date YYYY-MM-DD from 1900-01-01 to 2199-12-31'],
      ['5', 'closed_on: "1.1.2023" is not a date YYYY-MM-DD from 1900-01-01 to 2199-12-31'],
      ['6', 'the row has 1 fields, the header 3'],
    ]);
    expect([await life('g1'), await life('g4')]).toEqual([
      ['2023-01-02', null],
      [null, '2023-01-02'],
    ]);
    expect(await send(server, '/v1/stores/g2')).toMatchObject({ status: 404 });
  });
});

describe('both files', () => {
  const days = (id: string): string =>
    `note,End_Time_Local, DATE ,store_id,start_time_local\n,12:00,2023-01-23,${id},10:30\n`;
  const lives = (id: string): string => `closed_on,note,opened_on,STORE_ID\n,x,2023-01-02,${id}\n`;

  it.each<[string, (text: string) => string | Buffer<ArrayBuffer>]>([
    ['plain, columns in any order', (text) => text],
    ['as gzip', (text) => gzipSync(text)],
    ['with a byte-order mark', (text) => `\ufeff${text}`],
    ['with CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['without a line break at the end', (text) => text.trimEnd()],
    ['with every cell in quotes', (text) => text.replaceAll(/[^,\n]+/g, '"$&"')],
  ])('are read %s', async (how, as) => {
    const id = `odd ${how.replaceAll(',', '')}`;

    const loaded = [await load(server, 'special_hours', as(days(id))), await load(server, 'store_life', as(lives(id)))];

    expect(loaded.map(counts)).toEqual(Array.from(loaded, () => ({ ...COUNTS, read: 1, accepted: 1 })));
    expect(await special(id)).toEqual(['2023-01-23 10:30:00-12:00:00']);
    expect(await life(id)).toEqual(['2023-01-02', null]);
  });

  it('are read with a comma and quotes inside an id', async () => {
    await load(server, 'special_hours', specialHours('"Main St, ""5""",2023-12-25,,'));
    await load(server, 'store_life', storeLife('"Main St, ""5""",2023-01-02,'));

    expect(await special('Main St, "5"')).toEqual(['2023-12-25']);
    expect(await life('Main St, "5"')).toEqual(['2023-01-02', null]);
  });

  it.each([
    ['special_hours', 'store_id,day,start_time_local,end_time_local\nx,2023-12-25,,\n', 'the column date is missing'],
    ['special_hours', 'store_id,date,start_time_local\nx,2023-12-25,\n', 'the column end_time_local is missing'],
    [
      'store_life',
      'store_id,opened_on\nx,2023-01-02\n',
      'the column closed_on is missing; the header has "store_id,opened_on"',
    ],
    ['store_life', 'x,2023-01-02,\n', 'the column store_id is missing'],
  ] as const)('are rejected without one of their columns: %s', async (kind, body, reason) => {
    const { error, record } = await failedImport(server, kind, body);

    expect(error).toContain(`The file cannot be read as ${kind}: ${reason}`);
    const read = body.split('\n').length - 2; // One of the line breaks is the header's.
    expect(counts(record)).toEqual({ ...COUNTS, read, rejected: read });
    expect(await send(server, '/v1/stores/x')).toMatchObject({ status: 404 });
  });

  it('change past figures: the next report uses them, and removing them restores the old figures', async () => {
    const fresh = await startStorewatch();
    try {
      await loadExample(fresh);
      expect((await newReport(fresh)).csv.text).toBe(EXAMPLE_REPORT);

      // A: 15:30 to 17:00 UTC instead of 14:00 to 17:00. "hours": closed on its only day. -42: from Monday 06:00 UTC
      // on.
      await load(fresh, 'special_hours', specialHours('A,2023-01-23,10:30,12:00', 'hours,2023-01-17,,'));
      await load(fresh, 'store_life', storeLife('-42,2023-01-23,'));

      const changed = EXAMPLE_REPORT.replace('A,15.00,1.02,1.02,45.00,1.98,1.98', 'A,15.00,0.75,0.75,45.00,0.75,0.75')
        .replace('hours,0.00,0.00,0.00,0.00,0.00,8.00', 'hours,0.00,0.00,0.00,0.00,0.00,0.00')
        .replace('-42,30.00,0.50,0.50,30.00,23.50,167.50', '-42,30.00,0.50,0.50,30.00,10.50,10.50');
      expect((await newReport(fresh)).csv.text).toBe(changed);

      for (const path of ['A/special_hours/2023-01-23', 'hours/special_hours/2023-01-17']) {
        await send(fresh, `/v1/stores/${path}`, { method: 'DELETE' });
      }
      await load(fresh, 'store_life', storeLife('-42,,'));
      expect((await newReport(fresh)).csv.text).toBe(EXAMPLE_REPORT);
    } finally {
      await fresh.close();
    }
  });
});
