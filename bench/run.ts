import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ended, type Scope } from '#bench/scope.js';

const PRELOAD = new URL('preload.ts', import.meta.url).href;

export interface Run {
  readonly seconds: number;
  readonly peakMb: number;
  readonly output: string;
}

/**
 * Runs a Node script and waits for it to exit. The measured time includes the start of the process.
 * @throws Error with the script's output if it fails
 */
export async function run(scope: Scope, script: string, args: readonly string[], home?: string): Promise<Run> {
  const peakFile = scope.path('peak');
  const startedAt = performance.now();
  const child = scope.adopt(
    spawn(process.execPath, ['--import', PRELOAD, script, ...args], {
      env: { ...environment(home), BENCH_PEAK_FILE: peakFile },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await ended(child);
  const seconds = (performance.now() - startedAt) / 1000;
  if (child.exitCode !== 0) throw new Error(`${script} ${args.join(' ')} failed (${child.exitCode}):\n${output}`);
  return { seconds, peakMb: Number(await readFile(peakFile, 'utf8')), output };
}

/**
 * This process's environment without Storewatch's settings, so that the defaults are measured. The system picks free
 * ports.
 */
export function environment(home?: string): NodeJS.ProcessEnv {
  const {
    DATABASE_URL: _url,
    DATABASE_POOL_SIZE: _pool,
    POLL_VALID_FOR: _valid,
    DISTRIBUTED: _spread,
    ...rest
  } = process.env;
  return { ...rest, ...(home && { STOREWATCH_HOME: home }), HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'warn' };
}

export const benchScript = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
