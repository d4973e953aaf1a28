// First module of the bulk thread. Tracing must be loaded before the modules that it instruments.
import { workerData } from 'node:worker_threads';
import type { ThreadData } from './bulk/messages.js';

if ((workerData as ThreadData).settings.traces) (await import('../platform/tracing/sdk.js')).startTracing();
await import('./bulk-worker.main.js');
