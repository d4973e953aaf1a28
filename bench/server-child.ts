// The server under test: `storewatch serve --roles api,worker` in its own process. Its parent sends commands for work
// that has no HTTP endpoint. There is no scheduler, so no rollup runs between two measurements.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { CLI, compiled } from '#bench/dist.js';
import { peakMemoryMb } from '#bench/memory.js';
import type { Answer, Question } from '#bench/server.js';

// The command line sets V8's flags before it loads the program, so set the same flags here.
for (const [, flag] of readFileSync(CLI, 'utf8').matchAll(/setFlagsFromString\('([^']+)'\)/g)) {
  setFlagsFromString(flag);
}
await import('reflect-metadata');
const { startApiProcess } =
  await compiled<typeof import('../src/app/start-api-process.js')>('src/app/start-api-process.js');
const { Settings } = await compiled<typeof import('../src/platform/config/settings.js')>(
  'src/platform/config/settings.js',
);
const { Database } = await compiled<typeof import('../src/platform/database/database.js')>(
  'src/platform/database/database.js',
);
const { Roles } = await compiled<typeof import('../src/platform/config/roles.js')>('src/platform/config/roles.js');
const { Importer } = await compiled<typeof import('../src/features/ingestion/imports/importer.js')>(
  'src/features/ingestion/imports/importer.js',
);
const { Jobs } = await compiled<typeof import('../src/platform/jobs/jobs.js')>('src/platform/jobs/jobs.js');
const { loadFolder } = await compiled<typeof import('../src/commands/load.js')>('src/commands/load.js');

const { app, httpUrl, grpcAddress, failed, close } = await startApiProcess(
  Settings.from(process.env),
  Roles.parse('api,worker'),
);
failed.catch((error: unknown) => {
  process.stderr.write(`bench: ${String(error)}\n`);
  process.exit(1);
});
/** The histogram measures the time between two samples, which includes this sampling interval. */
const RESOLUTION_MS = 5;
const CHECK_EVERY_MS = 10;
const loopDelay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

const tell = (message: Answer): void => void process.send?.(message);

async function answer({ id, ask, dir }: Question): Promise<void> {
  const startedAt = performance.now();
  if (ask === 'load' && !(await loadFolder(dir!, app.get(Importer)))) throw new Error(`${dir} was not loaded`);
  if (ask === 'rollup') await rollUp();
  const seconds = (performance.now() - startedAt) / 1000;
  if (ask === 'watch') {
    loopDelay.reset();
    loopDelay.enable();
  }
  tell({ id, seconds, peakMb: peakMemoryMb(), loopP99Ms: loopDelay.percentile(99) / 1e6 - RESOLUTION_MS });
}

/** Queues a rollup like the scheduler does, and waits until it is done. */
async function rollUp(): Promise<void> {
  await app.get(Jobs).send('rollup', {});
  const { pool } = app.get(Database);
  const isDone = async (): Promise<boolean> => {
    const { rows } = await pool.query("select state from pgboss.job where name = 'rollup' and state <> 'completed'");
    if (rows.some(({ state }: { state: string }) => state === 'failed')) throw new Error('the roll-up failed');
    return rows.length === 0;
  };
  while (!(await isDone())) await sleep(CHECK_EVERY_MS);
}

process.on('message', (question: Question) => {
  answer(question).catch((error: Error) => tell({ id: question.id, error: error.stack ?? error.message }));
});
// The parent closed the channel or exited.
process.once('disconnect', () => {
  close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
tell({ id: 0, httpUrl, grpcAddress });
