const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

let isTold = false;

/** Whether this process was told to end: what fails then is of no interest. */
export const isInterrupted = (): boolean => isTold;

/**
 * Lets SIGINT and SIGTERM end a command as they do by default, but stops the embedded PostgreSQL first, unless another process uses
 * it. A second signal ends the process at once.
 */
export function endInOrder(): void {
  for (const signal of SIGNALS) process.once(signal, () => void end(signal));
}

async function end(signal: NodeJS.Signals): Promise<void> {
  isTold = true;
  for (const second of SIGNALS) process.once(second, () => process.exit(130));
  const { releaseAllEmbedded } = await import('../platform/database/embedded/embedded-postgres.js');
  await releaseAllEmbedded();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
