import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { referenceInput } from '../reference/reference-from-files.js';
import { referenceCsv } from '../reference/reference-csv.js';
import type { ReferenceInput } from '../reference/facts.js';
import { referenceReport } from '../reference/reference.js';
import { type Program, openProgram } from './program.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-10-26T00:00:00Z');
const HOURS = 10 * 24;

/** A report cuts hours. It reads a cut hour in different ways for no poll, one poll or more. */
describe('hours with any number of polls', () => {
  let program: Program;
  let input: ReferenceInput;

  beforeAll(async () => {
    const polls = [0, 1, 2, 3, 12].flatMap((perHour) =>
      Array.from({ length: HOURS * perHour }, (_, i) => {
        const at = new Date(START + Math.round(((i + 0.3) / perHour) * HOUR)).toISOString();
        return `polled-${perHour},${i % 3 === 0 ? 'inactive' : 'active'},${at}`;
      }),
    );
    polls.push(`polled-0,inactive,${new Date(START).toISOString()}`);
    const csv = {
      store_status: ['store_id,status,timestamp_utc', ...polls].join('\n'),
      business_hours: [
        'store_id,dayOfWeek,start_time_local,end_time_local',
        ...[0, 1, 2, 3, 4, 5, 6].map((day) => `polled-2,${day},09:10:00,21:40:00`),
      ].join('\n'),
      store_timezones: 'store_id,timezone_str\npolled-2,Asia/Kathmandu',
    };
    input = referenceInput(csv);
    program = await openProgram();
    for (const [kind, text] of Object.entries(csv)) await program.load(kind as keyof typeof csv, text);
  });
  afterAll(() => program.close());

  it.each(['2026-11-03T13:00:00Z', '2026-11-03T13:07:00Z', '2026-11-03T13:29:59.999Z', '2026-11-04T00:51:00Z'])(
    'are cut as in the reference, as of %s',
    async (asOf) => {
      for (const basis of ['all', 'observed'] as const) {
        const expected = referenceCsv(referenceReport(input, Date.parse(asOf)), basis);
        expect(await program.report({ asOf, basis })).toBe(expected);
      }
    },
  );
});
