// Cleans up after a bench that was killed: once the bench that started this process has exited for any reason, stops
// the embedded databases in the folder given as the argument and deletes the folder.
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const dir = process.argv[2];
const WAIT_MS = 30_000;

for await (const _ of process.stdin);
// The bench's child processes also notice its exit and release the databases themselves.
await sleep(1_000);
for (const postmaster of globSync(join(dir, '*/postgres/data/postmaster.pid'))) {
  try {
    process.kill(Number.parseInt(readFileSync(postmaster, 'utf8'), 10), 'SIGINT');
  } catch {
    continue;
  }
  for (const end = Date.now() + WAIT_MS; existsSync(postmaster) && Date.now() < end;) await sleep(50);
}
rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
