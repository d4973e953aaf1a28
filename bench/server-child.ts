// The server under test: `storewatch serve --roles api,worker` in a process of its own, and told by its parent to do what
// has no address over HTTP. No scheduler, so that nothing rolls up between two measurements.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { CLI, compiled } from '#bench/dist.js';
import { peakMemoryMb } from '#bench/memory.js';
import type { Answer, Question } from '#bench/server.js';

// The command line sets V8's flags before it loads the program; the same ones are set here.
for (const [, flag] of readFileSync(CLI, 'utf8').matchAll(/setFlagsFromString\('([^']+)'\)/g)) {
  setFlagsFromString(flag);
}
await import('reflect-metadata');
const { openDatabase, startServer } = await compiled<typeof import('../src/main.js')>('src/main.js');
const { Settings } = await compiled<typeof import('../src/config/settings.js')>('src/config/settings.js');
const { Roles } = await compiled<typeof import('../src/roles.js')>('src/roles.js');
const { ImportsService } = await compiled<typeof import('../src/ingestion/imports.service.js')>(
  'src/ingestion/imports.service.js',
);
const { RollupsService } = await compiled<typeof import('../src/rollups/rollups.service.js')>(
  'src/rollups/rollups.service.js',
);
const { loadFolder } = await compiled<typeof import('../src/commands/load.js')>('src/commands/load.js');

const settings = Settings.from(process.env);
const { database, close } = await openDatabase(settings);
const { app, httpUrl, grpcAddress } = await startServer(settings, database, Roles.parse('api,worker'));
/** The histogram holds the time between two looks, of which this much is intended. */
const RESOLUTION_MS = 5;
const loopDelay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

const tell = (message: Answer): void => void process.send?.(message);

async function answer({ id, ask, dir }: Question): Promise<void> {
  const startedAt = performance.now();
  let rows = 0;
  if (ask === 'load' && !(await loadFolder(dir!, app.get(ImportsService)))) throw new Error(`${dir} was not loaded`);
  if (ask === 'rollup') ({ rows } = await app.get(RollupsService).bringUpToDate());
  const seconds = (performance.now() - startedAt) / 1000;
  if (ask === 'watch') {
    loopDelay.reset();
    loopDelay.enable();
  }
  tell({ id, seconds, rows, peakMb: peakMemoryMb(), loopP99Ms: loopDelay.percentile(99) / 1e6 - RESOLUTION_MS });
}

process.on('message', (question: Question) => {
  answer(question).catch((error: Error) => tell({ id: question.id, error: error.stack ?? error.message }));
});
// the parent closes the channel, or is gone
process.once('disconnect', () => {
  app
    .close()
    .then(close)
    .then(
      () => process.exit(0),
      () => process.exit(1),
    );
});
tell({ id: 0, httpUrl, grpcAddress });
