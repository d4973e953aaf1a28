/**
 * npm run test:silence: whether any request keeps others waiting. Bodies, headers and queries that are large in every way are sent
 * to every operation of openapi.json and every rpc of proto/, one after the other. No turn of the server's event loop, in which
 * nobody else is answered, may take more than 50 ms. Turns are measured in CPU time, so that a busy machine changes little, and the
 * limit grows on a machine that is slow at a fixed piece of work. A request that is over the limit is sent again, up to twice: what
 * blocks, blocks each time. Each operation gets each kind of value in one of its fields, and each of its fields gets some kind.
 * `-- --all`: every kind in every field. `-- --only TEXT`: requests whose operation or kind has that text.
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
const TRIES = 3;
/** CPU time of the piece of work on a virtual machine of 2025. */
const WORK_MS = 25;

/** Sends it, and says what was answered. */
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
    // the first requests are slower than all others: nothing is compiled yet
    const warmUp = rests.find(({ way }) => way === 'unknown keys')!;
    await measure(child, () => sendRest(http, warmUp, Buffer.from('{}')));
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

/** The shortest of the longest turns of some tries; one try is enough where no turn takes too long. */
async function measure(child: ChildProcess, send: Send): Promise<Pick<Measured, 'silenceMs' | 'limitMs' | 'answer'>> {
  let [silenceMs, limitMs, answer] = [Infinity, MAX_SILENCE_MS, ''];
  for (let tries = 0; tries < TRIES && silenceMs > limitMs; tries++) {
    const workMs = tries === 0 ? 0 : work();
    limitMs = Math.max(limitMs, MAX_SILENCE_MS * (workMs / WORK_MS));
    child.send('begin');
    answer = await send();
    child.send('end');
    const [longestMs] = (await once(child, 'message')) as [number];
    silenceMs = Math.min(silenceMs, longestMs);
  }
  return { silenceMs, limitMs, answer };
}

/** A fixed piece of work, of the kind that reading a body is. @returns its CPU time, ms */
function work(): number {
  const text = JSON.stringify(
    Array.from({ length: 10_000 }, (_, i) => ({ store_id: `s${i}`, status: 'active', at: i })),
  );
  const before = process.threadCpuUsage();
  for (let i = 0; i < 10; i++) JSON.parse(text);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** Prints the worst of each operation. @returns whether all is well */
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
      `FAILED  ${operation}, ${way}: silent for ${silenceMs.toFixed(0)} ms; ${limitMs.toFixed(0)} are allowed\n`,
    );
  }
  const failed = new Set([...wrong, ...silent]).size;
  process.stdout.write(`${measured.length - failed} passed, ${failed} failed\n`);
  return failed === 0 && measured.length > 0;
}

process.exitCode = (await main()) ? 0 : 1;
