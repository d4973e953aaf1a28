import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopPostgres } from './kills.js';
import { Fleet } from './processes.js';
import type { Counts, Run } from './stage.js';

const ROUNDS_PER_ROUND = 0.1;
/** About the time that a start takes. */
const START_MS = 2_000;

/** Kills a process, or stops PostgreSQL, while several start at once on an empty database. All must come up. */
export async function migrations({ scope, cluster, rounds, random, logs, say }: Run): Promise<Counts> {
  const home = scope.path('home-migrations');
  await mkdir(home);
  const count = Math.max(2, Math.round(rounds * ROUNDS_PER_ROUND));
  let ends = 0;
  let unready = 0;
  for (let round = 1; round <= count; round++) {
    const name = `migrations_${round}`;
    await cluster.createDatabase(name);
    const fleet = await Fleet.start(scope, { name, databaseUrl: cluster.url(name), home, logs });
    await sleep(random.below(START_MS));
    const victim = random.below(4);
    say(`migrations: round ${round} of ${count}: ${fleet.members[victim]?.name ?? 'postgres'}`);
    if (victim === 3) await stopPostgres({ fleet, cluster }, random.below(500));
    else fleet.kill(fleet.members[victim]);
    const killedAt = performance.now();
    await fleet.ready().then(
      () => fetch(`${fleet.apis()[0].httpUrl}/readyz`).then(({ ok }) => (unready += ok ? 0 : 1)),
      () => unready++,
    );
    say(`migrations: all run after ${((performance.now() - killedAt) / 1000).toFixed(1)} s`);
    for (const end of fleet.ends) say(`migrations: ended on its own: ${end}`);
    ends += fleet.ends.length;
    await fleet.stop('SIGKILL');
    await cluster.dropDatabase(name);
  }
  return {
    'faults: kill or stop during the first start': count,
    'failed first starts': unready,
    'processes that ended by themselves': ends,
  };
}
