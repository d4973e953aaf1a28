// The first module of the bulk thread: what watches the others is loaded before them.
import { workerData } from 'node:worker_threads';
import type { ThreadData } from './bulk/messages.js';

if ((workerData as ThreadData).settings.traces) (await import('../platform/tracing/sdk.js')).startTracing();
await import('./bulk-worker.main.js');
