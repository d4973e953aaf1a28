import { setTimeout as sleep } from 'node:timers/promises';
import type { Member, Role } from './processes.js';
import { type Counts, type Run, type World, stage } from './stage.js';

const FAULTS = ['api', 'worker', 'scheduler', 'postgres', 'two', 'clock'] as const;
type Fault = (typeof FAULTS)[number];

const LOAD_MS = { from: 200, to: 2_500 };
/** Longer than it takes until a worker counts as dead. */
const FROZEN_MS = 25_000;
const ROUNDS_PER_FREEZE = 20;
const CLOCK_HOURS = 9;

/** Kills processes and PostgreSQL at random moments, freezes a worker and makes clocks jump. */
export const kills = (run: Run): Promise<Counts> =>
  stage(run, 'kills', { roles: ['api', 'api', 'worker', 'worker', 'scheduler'] }, async (world) => {
    const { random, rounds, say, fleet } = world;
    const done = {
      'faults: kill': 0,
      'faults: stop of PostgreSQL': 0,
      'faults: jump of a clock': 0,
      'faults: frozen worker': 0,
    };
    let freeze: Promise<void> = Promise.resolve();
    const faults: Fault[] = [];
    for (let round = 1; round <= rounds; round++) {
      if (round % ROUNDS_PER_FREEZE === 1) {
        await freeze;
        freeze = freezeWorker(world, fleet.running('worker')[0]);
        done['faults: frozen worker']++;
      }
      await sleep(random.between(LOAD_MS.from, LOAD_MS.to));
      if (faults.length === 0) faults.push(...shuffled(random));
      const fault = faults.pop()!;
      say(`kills: round ${round} of ${rounds}: ${fault}`);
      if (fault === 'clock') {
        const { length } = fleet.running();
        fleet.turnClock(fleet.running()[random.below(length)], random.between(-CLOCK_HOURS, CLOCK_HOURS) * 3_600_000);
        done['faults: jump of a clock']++;
        continue;
      }
      const roles = ['api', 'worker', 'scheduler'] as const;
      const victims: Role[] = fault === 'two' ? [roles[random.below(2)], roles[random.below(3)]] : [];
      if (fault !== 'two' && fault !== 'postgres') victims.push(fault);
      for (const role of victims) {
        const candidates = fleet.running(role);
        if (candidates.length === 0) continue;
        fleet.kill(candidates[random.below(candidates.length)]);
        done['faults: kill']++;
      }
      if (fault === 'postgres' || (fault === 'two' && random.chance(50))) {
        await stopPostgres(world, random.below(1_000));
        done['faults: stop of PostgreSQL']++;
      }
      await fleet.ready();
    }
    await freeze;
    return done;
  });

export async function stopPostgres(
  { fleet, cluster }: Pick<World, 'fleet' | 'cluster'>,
  downMs: number,
): Promise<void> {
  const isOver = fleet.outage();
  await cluster.stop('immediate');
  await sleep(downMs);
  await cluster.startAgain();
  isOver();
}

/** Freezes a worker until it counts as dead, then lets it resume. */
async function freezeWorker({ fleet }: World, worker: Member): Promise<void> {
  fleet.freeze(worker);
  await sleep(FROZEN_MS);
  fleet.thaw(worker);
}

/** Each once, in a random order. */
function* shuffled(random: World['random']): Generator<Fault> {
  const left = [...FAULTS];
  while (left.length > 0) yield left.splice(random.below(left.length), 1)[0];
}
