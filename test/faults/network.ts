import { setTimeout as sleep } from 'node:timers/promises';
import { Proxy } from './proxy.js';
import { type Counts, type Run, type World, stage } from './stage.js';

/** The length of each fault: some seconds, more in a long run. */
const lastsMs = (rounds: number): number => Math.min(15_000, 1_000 + rounds * 100);
const GO_ON_MS = 60_000;
const LOOK_EVERY_MS = 50;
const RESET_EVERY_MS = 300;

/**
 * Sends the same traffic through a network with one fault after another. After each, everything must recover on its
 * own.
 */
export async function network(run: Run): Promise<Counts> {
  const proxy = await Proxy.to(run.cluster.port);
  const close = run.scope.defer(() => proxy.close());
  const counts = await stage(run, 'network', { port: proxy.port }, async (world) => {
    const forMs = lastsMs(run.rounds);
    const faults: Record<string, () => Promise<void>> = {
      latency: () => holding(proxy, { latencyMs: 80 }, forMs),
      'little bandwidth': () => holding(proxy, { bytesPerSecond: 200_000 }, forMs),
      resets: async () => {
        for (let left = forMs; left > 0; left -= RESET_EVERY_MS) {
          proxy.resetAll();
          await sleep(RESET_EVERY_MS);
        }
      },
      'half-open connections': async () => {
        proxy.halfOpenAll();
        await sleep(forMs);
      },
      'no network': async () => {
        proxy.resetAll();
        await holding(proxy, { refuses: true }, forMs);
      },
    };
    let stuck = 0;
    let slowest = 0;
    for (const [name, fault] of Object.entries(faults)) {
      const isOver = world.fleet.outage();
      await fault();
      isOver();
      const { seconds, waitsFor } = await goesOn(world);
      run.say(
        `network: ${name}: ${waitsFor === '' ? `recovered after ${seconds.toFixed(1)} s` : `still waiting for ${waitsFor}`}`,
      );
      if (waitsFor !== '') stuck++;
      else slowest = Math.max(slowest, seconds);
    }
    return {
      'faults: network': Object.keys(faults).length,
      'seconds to full recovery': Math.round(slowest),
      'faults not recovered from in 60 s': stuck,
    };
  });
  await close();
  return counts;
}

async function holding(proxy: Proxy, faulty: Parameters<Proxy['set']>[0], forMs: number): Promise<void> {
  proxy.set(faulty);
  await sleep(forMs);
  proxy.set({});
}

/** Waits until every client has an acknowledgement, and a report requested after the fault is complete. */
async function goesOn({ ledger, cluster, database }: World): Promise<{ seconds: number; waitsFor: string }> {
  const healedAt = performance.now();
  const before = new Set(ledger.reports.values());
  for (;;) {
    await sleep(LOOK_EVERY_MS);
    const waiting = [...ledger.lastAcknowledged].filter(([, at]) => at < healedAt).map(([client]) => client);
    const later = [...ledger.reports.values()].filter((id) => !before.has(id));
    const { rowCount } = await cluster.run(database, (client) =>
      client.query(`select from report where id = any($1) and status = 'Complete' limit 1`, [later]),
    );
    if (rowCount === 0) waiting.push('a complete report');
    const elapsedMs = performance.now() - healedAt;
    if (waiting.length === 0 || elapsedMs > GO_ON_MS)
      return { seconds: elapsedMs / 1000, waitsFor: waiting.join(', ') };
  }
}
