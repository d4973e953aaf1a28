import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchScript } from '#bench/run.js';
import type { Sample } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import type { Server } from '#bench/server.js';
import { quantile } from '#bench/statistics.js';

const CLIENTS = 50;
/** 250 requests a second of all clients together, so that the server is asked and not flooded. */
const PAUSE_MS = 200;
/** As often as all clients together ask the server. */
const BARE_PAUSE_MS = 4;

/** How a server answers while it works. */
export interface Smooth {
  /** Of requests that were answered with the state of a report that runs. */
  readonly p99Ms: number;
  readonly p50Ms: number;
  readonly worstMs: number;
  readonly polls: number;
  /** The same of a server that does nothing, asked beside it: what the machine and the clients take. */
  readonly bareP99Ms: number;
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
export async function smooth(scope: Scope, server: Server, sample: Sample): Promise<Smooth> {
  const answers: { ms: number; isDownload: boolean }[] = [];
  const bareAnswers: number[] = [];
  const bare = scope.adopt(fork(benchScript('bare-server.ts')));
  const [barePort] = (await once(bare, 'message')) as [number];
  let [reportId, reports] = [await server.triggerReport(), 0];
  const over = new AbortController();

  const client = async (number: number): Promise<void> => {
    // A connection of its own: one of a common pool may lie idle until the server closes it, just when it is taken.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // On a schedule of its own, late or not: so one slow answer does not bring all clients into step.
    let dueAt = performance.now() + (number / CLIENTS) * PAUSE_MS;
    for (; !over.signal.aborted; dueAt += PAUSE_MS) {
      await sleep(Math.max(0, dueAt - performance.now()));
      const startedAt = performance.now();
      const isDownload = await ask(`${server.httpUrl}/get_report?report_id=${reportId}`, agent);
      answers.push({ ms: performance.now() - startedAt, isDownload });
      if (isDownload && number === 0) {
        reports++;
        reportId = await server.triggerReport();
      }
    }
    agent.destroy();
  };
  const bareClient = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      await ask(`http://127.0.0.1:${barePort}/`, agent);
      bareAnswers.push(performance.now() - startedAt);
      await sleep(BARE_PAUSE_MS);
    }
    agent.destroy();
  };
  await server.ask('watch');
  const clients = Promise.all([...Array.from({ length: CLIENTS }, (_, number) => client(number)), bareClient()]);
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
      bareP99Ms: quantile(bareAnswers, 0.99),
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
