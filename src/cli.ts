#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

const OLDEST_NODE = '22.17';

/**
 * Left alone, V8 lets its heap grow with garbage to several times what is alive: 450 MB after some reports of 14,000 stores,
 * 270 MB so, and a tenth slower. It must be said before the program's modules are loaded, hence the import below.
 */
setFlagsFromString('--semi-space-growth-factor=1');
// Of threads that start from now on, as that of bulk work does: with 1 MB, a third of its time went into collecting garbage.
setFlagsFromString('--min-semi-space-size=4');
setFlagsFromString('--heap-growing-percent=60');

if (process.versions.node.localeCompare(OLDEST_NODE, 'en', { numeric: true }) < 0) {
  process.stderr.write(
    `storewatch: this is Node ${process.versions.node}, and Storewatch needs ${OLDEST_NODE} or newer. npm start and npm run storewatch ` +
      'use the Node that npm ci installed; where there is none: npm ci --include=dev --ignore-scripts=false.\n',
  );
  process.exitCode = 1;
} else {
  // Settings say where the database is. What psql is told by its variables would change connections here, too, by way of pg.
  for (const name of Object.keys(process.env)) if (/^PG[A-Z_]+$/.test(name)) delete process.env[name];
  // What watches other modules is loaded before them, and only where it is wanted. What is wrong with the settings is told later.
  if (process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) (await import('./platform/tracing/sdk.js')).startTracing();
  await import('./commands/storewatch.js');
}
