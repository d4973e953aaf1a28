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
/** 250 requests per second from all clients together: a steady load below saturation. */
const PAUSE_MS = 200;
/** The same request rate as all clients of the server together. */
const BARE_PAUSE_MS = 4;

/** Response times of a server under load. */
export interface Smooth {
  /** Of responses with the state of a running report. */
  readonly p99Ms: number;
  readonly p50Ms: number;
  readonly worstMs: number;
  readonly polls: number;
  /**
   * The same for a server that does no work, measured at the same time: the overhead of the machine and the clients.
   */
  readonly bareP99Ms: number;
  /** The same for responses with a complete CSV. */
  readonly downloadP99Ms: number;
  readonly downloads: number;
  readonly loopP99Ms: number;
  readonly reports: number;
  readonly loadSeconds: number;
  readonly rollupSeconds: number;
  readonly peakMb: number;
}

/**
 * Loads a second sample and rolls it up in the server's process, while reports run one after another and clients poll
 * the running one.
 */
export async function smooth(scope: Scope, server: Server, sample: Sample): Promise<Smooth> {
  const answers: { ms: number; isDownload: boolean }[] = [];
  const bareAnswers: number[] = [];
  const bare = scope.adopt(fork(benchScript('bare-server.ts')));
  const [barePort] = (await once(bare, 'message')) as [number];
  let [reportId, reports] = [await server.triggerReport(), 0];
  const over = new AbortController();

  const client = async (number: number): Promise<void> => {
    // Each client has its own connection. One from a shared pool may be closed by the server just when it is reused.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // Each client follows a fixed schedule, so that one slow response does not synchronize all clients.
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
  // If a client fails, its error is reported by the await below.
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

/** @returns whether the response was the CSV */
function ask(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`get_report answered ${response.statusCode}`));
      response.resume().on('error', reject);
      response.on('end', () => resolve(response.headers['content-type']?.startsWith('text/csv') === true));
    }).on('error', reject);
  });
}
