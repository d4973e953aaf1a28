import { spawn } from 'node:child_process';
import { CLI } from '#bench/dist.js';
import { environment } from '#bench/run.js';
import { ended, type Scope } from '#bench/scope.js';

/** Seconds until the command of `npm start` reports that it is ready, including the start of its PostgreSQL. */
export async function start(scope: Scope, home: string): Promise<number> {
  const startedAt = performance.now();
  const child = scope.adopt(
    spawn(process.execPath, [CLI, 'serve', '--sample-data'], {
      env: environment(home),
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  let output = '';
  // Keep reading until the end: a program that cannot write its last output does not shut down properly.
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Storewatch is ready.')) resolve();
    });
    child.once('exit', () => reject(new Error(`npm start exited before it was ready: ${output}`)));
  });
  await ready;
  const seconds = (performance.now() - startedAt) / 1000;
  await ended(child, 'SIGTERM');
  return seconds;
}
