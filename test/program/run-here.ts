import { jest } from '@jest/globals';
import { runCommand } from '../../src/commands/command-line.js';
import type { Ended } from './command.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs a command like `startCommand`, but in this process, which saves the second that a new process takes to start.
 * Run one at a time: it uses the process's environment, current folder, stdout and stderr.
 */
export async function runHere(where: { env: NodeJS.ProcessEnv; cwd: string }, ...args: string[]): Promise<Ended> {
  const [env, cwd] = [process.env, process.cwd()];
  let [out, err] = ['', ''];
  const toOut = jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  const toErr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  const listeners = SIGNALS.map((signal) => process.listeners(signal));
  process.env = { ...where.env };
  process.chdir(where.cwd);
  try {
    const code = await runCommand(args);
    return { code: code || Number(process.exitCode ?? 0), out, err };
  } finally {
    process.chdir(cwd);
    process.env = env;
    process.exitCode = undefined;
    for (const [i, signal] of SIGNALS.entries()) {
      for (const listener of process.listeners(signal)) {
        if (!listeners[i].includes(listener)) process.off(signal, listener);
      }
    }
    toOut.mockRestore();
    toErr.mockRestore();
  }
}
