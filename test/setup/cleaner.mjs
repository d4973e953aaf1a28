// Stops the embedded database in the folder given as the argument and deletes the folder once the process that started
// this one has ended for any reason. An interrupted Jest does not run its global teardown.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , dir] = process.argv;
const postmaster = join(dir, 'data', 'postmaster.pid');
const deadline = () => Date.now() + 30_000;

for await (const _ of process.stdin);
if (existsSync(postmaster)) {
  process.kill(Number.parseInt(readFileSync(postmaster, 'utf8'), 10), 'SIGINT');
  for (const end = deadline(); existsSync(postmaster) && Date.now() < end;) await sleep(50);
}
rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
