const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

let isSignalled = false;

/** Whether a signal has told this process to end. Errors after that are not reported. */
export const isInterrupted = (): boolean => isSignalled;

/**
 * SIGINT and SIGTERM end a command as they do by default, but the embedded PostgreSQL is stopped first, unless another process uses
 * it. A second signal ends the process immediately.
 */
export function stopOnSignal(): void {
  for (const signal of SIGNALS) process.once(signal, () => void end(signal));
}

async function end(signal: NodeJS.Signals): Promise<void> {
  isSignalled = true;
  for (const second of SIGNALS) process.once(second, () => process.exit(130));
  const { releaseAllEmbedded } = await import('../platform/database/embedded/embedded-postgres.js');
  await releaseAllEmbedded();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
