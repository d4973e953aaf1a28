import { setTimeout as sleep } from 'node:timers/promises';
import { check } from './checker.js';
import { type Counts, type Run, stage } from './stage.js';

const LOAD_MS = 8_000;
const SOME_POLLS = `(store_id, day) = (select store_id, day from status_day limit 1)`;
const SOME_DAY = `(store_id, day) = (select store_id, day from uptime_day limit 1)`;

/** What the checker must count, and the SQL that causes it. */
const SPOILS: readonly [count: string, sql: string][] = [
  ['polls lost', `delete from status_day where ${SOME_POLLS}`],
  [
    'polls with another status',
    `with gone as (delete from status_day where ${SOME_POLLS} returning *)
     insert into status_poll select store_id, old.polled_at, not old.active from gone, decoded_polls(day, polls) as old`,
  ],
  [
    'polls that nobody sent',
    `insert into status_poll select store_id, polled_at + interval '1 ms', active from poll limit 1`,
  ],
  ['polls counted twice, or not at all, in hours', `update uptime_day set polls = polls + 1 where ${SOME_DAY}`],
  ['hours and days unlike a clean recomputation', `update uptime_day set up_ms = up_ms + 1 where ${SOME_DAY}`],
  ['hours and days unlike a clean recomputation', `delete from uptime_day where ${SOME_DAY}`],
  ['reports lost', 'delete from report where id = (select id from report limit 1)'],
  [
    'reports made twice',
    `insert into report (id, status, as_of, basis, created_at) values (gen_random_uuid(), 'Failed', now(), 'all', now())`,
  ],
  [
    'complete reports with a broken file',
    `update report set size_bytes = size_bytes + 1 where id = (select id from report where status = 'Complete' limit 1)`,
  ],
  ['complete reports with a broken file', `update report set stores_total = stores_total + 1`],
];

/** Tests the checker, not the program: after a run without faults, it damages one thing after another. */
export const spoiled = (run: Run): Promise<Counts> =>
  stage(
    run,
    'spoiled',
    {
      async look(place, ledger) {
        const copy = `${place.database}_copy`;
        let unseen = 0;
        for (const [name, sql] of SPOILS) {
          await run.cluster.createDatabase(copy, place.database);
          await run.cluster.run(copy, (client) => client.query(sql));
          const counts = await check({ ...place, database: copy }, ledger);
          run.say(`spoiled: ${name}: ${counts[name]}`);
          if (counts[name] === 0) unseen++;
          await run.cluster.dropDatabase(copy);
        }
        return { 'losses that the checker does not see': unseen };
      },
    },
    async () => {
      // Enough for several days in the time of the polls.
      await sleep(LOAD_MS);
      return {};
    },
  );
