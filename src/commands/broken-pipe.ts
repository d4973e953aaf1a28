import { errorCode } from '../platform/database/sql.js';

/** The exit code that a shell reports after SIGPIPE: 128 + 13. Node ignores the signal; writes fail with EPIPE instead. */
const SIGPIPE_EXIT = 141;

/** Whether the reader of the output has exited, as in `storewatch schedules list | head -1`. */
export const isBrokenPipe = (error: unknown): boolean => errorCode(error) === 'EPIPE';

/**
 * After a broken pipe, the command still runs to its end, so that its work is complete. It prints nothing more and exits with
 * the code of SIGPIPE.
 */
export function expectBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isBrokenPipe(error)) throw error;
      process.exitCode = SIGPIPE_EXIT;
    });
  }
}
