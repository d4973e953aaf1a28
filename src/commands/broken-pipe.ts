import { errorCode } from '../platform/database/sql.js';

/** What a shell says of a program that SIGPIPE has ended: 128 + 13. Node ignores the signal, and writing fails instead. */
const SIGPIPE_EXIT = 141;

/** Whether it is that nobody reads what is written any longer, as in `storewatch schedules list | head -1`. */
export const isBrokenPipe = (error: unknown): boolean => errorCode(error) === 'EPIPE';

/**
 * When nobody reads what a command prints, it goes on to its end in silence, so that its work is whole, and ends with the exit
 * code of SIGPIPE.
 */
export function expectBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isBrokenPipe(error)) throw error;
      process.exitCode = SIGPIPE_EXIT;
    });
  }
}
