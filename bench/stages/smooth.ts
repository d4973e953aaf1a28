import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from '#bench/sample.js';
import type { Server } from '#bench/server.js';
import { quantile } from '#bench/statistics.js';

const CLIENTS = 50;
/** 250 requests a second of all clients together, so that the server is asked and not flooded. */
const PAUSE_MS = 200;

/** How a server answers while it works. */
export interface Smooth {
  /** Of requests that were answered with the state of a report that runs. */
  readonly p99Ms: number;
  readonly p50Ms: number;
  readonly worstMs: number;
  readonly polls: number;
  /** The same of those that were answered with a whole CSV. */
  readonly downloadP99Ms: number;
  readonly downloads: number;
  readonly loopP99Ms: number;
  readonly reports: number;
  readonly loadSeconds: number;
  readonly rollupSeconds: number;
  readonly peakMb: number;
}

/**
 * Loads a second sample and rolls it up in the server's process, while report follows report and clients ask for the one
 * that runs.
 */
export async function smooth(server: Server, sample: Sample): Promise<Smooth> {
  const answers: { ms: number; isDownload: boolean }[] = [];
  let [reportId, reports] = [await server.triggerReport(), 0];
  const over = new AbortController();

  const client = async (number: number): Promise<void> => {
    // A connection of its own: one of a common pool may lie idle until the server closes it, just when it is taken.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await sleep((number / CLIENTS) * PAUSE_MS);
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      const isDownload = await ask(`${server.httpUrl}/get_report?report_id=${reportId}`, agent);
      answers.push({ ms: performance.now() - startedAt, isDownload });
      if (isDownload && number === 0) {
        reports++;
        reportId = await server.triggerReport();
      }
      await sleep(PAUSE_MS);
    }
    agent.destroy();
  };
  await server.ask('watch');
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  // Should a client fail meanwhile, its error is the one to see, below.
  clients.catch(() => {});
  try {
    await server.ask('load', sample.calendarsDir);
    const load = await server.ask('load', sample.pollsDir);
    const rollup = await server.ask('rollup');
    const { loopP99Ms, peakMb } = await server.ask('look');
    over.abort();
    await clients;
    const of = (isDownload: boolean): number[] => answers.filter((a) => a.isDownload === isDownload).map((a) => a.ms);
    const [states, downloads] = [of(false), of(true)];
    return {
      p99Ms: quantile(states, 0.99),
      p50Ms: quantile(states, 0.5),
      worstMs: Math.max(...states),
      polls: states.length,
      downloadP99Ms: quantile(downloads, 0.99),
      downloads: downloads.length,
      loopP99Ms,
      reports,
      loadSeconds: load.seconds,
      rollupSeconds: rollup.seconds,
      peakMb,
    };
  } finally {
    over.abort();
    await clients.catch(() => {});
  }
}

/** @returns whether the answer was the CSV */
function ask(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`get_report answered ${response.statusCode}`));
      response.resume().on('error', reject);
      response.on('end', () => resolve(response.headers['content-type']?.startsWith('text/csv') === true));
    }).on('error', reject);
  });
}
