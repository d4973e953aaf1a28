/**
 * npm run test:silence: tests that no request delays others for long. Sends bodies, headers and queries that are large
 * in every way to every operation of openapi.json and every rpc of proto/, one after another. No turn of the server's
 * event loop, during which nothing else is served, may take more than 50 ms.
 *
 * Turns are measured in CPU time, so that a busy machine matters little. A request over the limit is repeated up to
 * five times, because a real delay occurs every time. The limit grows with the time of a fixed piece of work just
 * before and after, up to twice 50 ms. At the beginning, one longer turn is made on purpose and must be detected.
 *
 * Each operation gets each kind of value in one of its fields, and each of its fields gets some kind.
 * `-- --all`: every kind in every field. `-- --only TEXT`: only requests whose operation or kind contains that text.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CLI, checkBuilt } from '#bench/dist.js';
import { Scope } from '#bench/scope.js';
import { GrpcSender, closeRest, sendRest } from './clients.js';
import { grpcCases } from './grpc-cases.js';
import { restCases } from './rest-cases.js';

const MAX_SILENCE_MS = 50;
const TRIES = 6;
/** The CPU time of the piece of work on a virtual machine of 2025. */
const WORK_MS = 25;
const MOST_SLOWNESS = 2;

/** Sends the request and returns a summary of the response. */
type Send = () => Promise<string>;
interface Measured {
  readonly operation: string;
  readonly way: string;
  readonly silenceMs: number;
  readonly limitMs: number;
  readonly answer: string;
}

const { values: options } = parseArgs({
  options: { only: { type: 'string', default: '' }, all: { type: 'boolean', default: false } },
});

async function main(): Promise<boolean> {
  checkBuilt();
  const scope = await Scope.open();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void scope.close().finally(() => process.exit(130)));
  }
  try {
    const { child, http, grpc } = await serve(scope);
    const sender = new GrpcSender(grpc);
    scope.defer(async () => {
      sender.close();
      closeRest();
    });

    const measured: Measured[] = [];
    const add = async (operation: string, way: string, send: Send): Promise<void> => {
      if (operation !== measured.at(-1)?.operation) process.stderr.write(`silence: ${operation}\n`);
      measured.push({ operation, way, ...(await measure(child, send)) });
    };
    const isWanted = ({ operation, way }: { operation: string; way: string }): boolean =>
      `${operation} ${way}`.includes(options.only);
    const rests = restCases(options.all);
    // The first requests are slower than all others, because nothing is compiled yet.
    const warmUp = rests.find(({ way }) => way === 'unknown keys')!;
    await measure(child, () => sendRest(http, warmUp, Buffer.from('{}')));
    await checkMeter(child);
    for (const rest of rests.filter(isWanted)) {
      const body = rest.body();
      await add(rest.operation, rest.way, () => sendRest(http, rest, body));
    }
    for (const { operation, way, path, message } of grpcCases().filter(isWanted)) {
      const bytes = message();
      await add(operation, way, () => sender.send(path, bytes));
    }
    return judge(measured);
  } finally {
    await scope.close();
  }
}

/** `serve` with an embedded PostgreSQL in the scope's folder. */
async function serve(scope: Scope): Promise<{ child: ChildProcess; http: string; grpc: string }> {
  const env = {
    ...process.env,
    STOREWATCH_HOME: scope.path('home'),
    HTTP_PORT: '0',
    GRPC_PORT: '0',
    LOG_LEVEL: 'error',
  };
  const args = ['--import', new URL('./loop-meter.ts', import.meta.url).href, CLI, 'serve'];
  const child = scope.adopt(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }));
  let out = '';
  child.stdout!.on('data', (data: Buffer) => (out += data.toString()));
  while (!out.includes('Stop it')) {
    if (child.exitCode !== null) throw new Error(`The server ended: ${out}`);
    await sleep(50);
  }
  return { child, http: /REST\s+(\S+)\n/.exec(out)![1], grpc: /gRPC\s+(\S+)/.exec(out)![1] };
}

/** @throws if a turn over the limit is not detected */
async function checkMeter(child: ChildProcess): Promise<void> {
  const tooLongMs = MOST_SLOWNESS * MAX_SILENCE_MS + 1;
  const { silenceMs, limitMs } = await measure(child, async () => {
    child.send(tooLongMs);
    return '';
  });
  if (silenceMs <= limitMs)
    throw new Error(`A turn of ${tooLongMs} ms was measured as ${silenceMs} ms, within the limit of ${limitMs} ms.`);
}

/** The longest turn and its limit. Uses the best of several tries, and stops at the first within the limit. */
async function measure(child: ChildProcess, send: Send): Promise<Pick<Measured, 'silenceMs' | 'limitMs' | 'answer'>> {
  let best = { silenceMs: Infinity, limitMs: MAX_SILENCE_MS, answer: '' };
  for (let tries = 0; tries < TRIES && best.silenceMs > best.limitMs; tries++) {
    const before = tries === 0 ? 1 : slowness();
    child.send('begin');
    const answer = await send();
    child.send('end');
    const [silenceMs] = (await once(child, 'message')) as [number];
    // The machine counts as slow only if it was slow before and after.
    const limitMs = MAX_SILENCE_MS * (before === 1 ? 1 : Math.min(before, slowness()));
    if (silenceMs / limitMs < best.silenceMs / best.limitMs) best = { silenceMs, limitMs, answer };
  }
  return best;
}

/** How many times slower the machine is now than when idle, from 1 to MOST_SLOWNESS. */
const slowness = (): number => Math.min(Math.max(1, work() / WORK_MS), MOST_SLOWNESS);

/** A fixed piece of work, similar to reading a body. @returns its CPU time in ms */
function work(): number {
  const text = JSON.stringify(
    Array.from({ length: 10_000 }, (_, i) => ({ store_id: `s${i}`, status: 'active', at: i })),
  );
  const before = process.threadCpuUsage();
  for (let i = 0; i < 10; i++) JSON.parse(text);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** Prints the longest turn of each operation. @returns whether everything is within the limits */
function judge(measured: readonly Measured[]): boolean {
  const wrong = measured.filter(({ answer }) => answer.startsWith('WRONG'));
  const silent = measured.filter(({ silenceMs, limitMs }) => silenceMs > limitMs);
  const byOperation = Map.groupBy(measured, ({ operation }) => operation);
  process.stdout.write(
    '| Operation | Requests | Longest turn, ms | Allowed, ms | With | Answers |\n|---|---|---|---|---|---|\n',
  );
  for (const [operation, all] of byOperation) {
    const worst = all.reduce((most, one) => (one.silenceMs > most.silenceMs ? one : most));
    const answers = [...new Set(all.map(({ answer }) => answer.replace(/(?<=^WRONG).*/s, '')))].sort().join(', ');
    process.stdout.write(
      `| ${operation} | ${all.length} | ${worst.silenceMs.toFixed(0)} | ${worst.limitMs.toFixed(0)} | ${worst.way} | ${answers} |\n`,
    );
  }
  for (const { operation, way, answer } of wrong) process.stdout.write(`FAILED  ${operation}, ${way}: ${answer}\n`);
  for (const { operation, way, silenceMs, limitMs } of silent) {
    process.stdout.write(
      `FAILED  ${operation}, ${way}: blocked for ${silenceMs.toFixed(0)} ms; the limit is ${limitMs.toFixed(0)} ms\n`,
    );
  }
  const failed = new Set([...wrong, ...silent]).size;
  process.stdout.write(`${measured.length - failed} passed, ${failed} failed\n`);
  return failed === 0 && measured.length > 0;
}

process.exitCode = (await main()) ? 0 : 1;
