import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';

/** The program as `npm run build` made it. */
const CLI = resolve('dist/src/cli.js');

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** All that it has written to stdout, as soon as the text is there. */
  said(text: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
}

export async function checkBuilt(): Promise<void> {
  await access(CLI).catch(() => {
    throw new Error('There is no dist/: run npm run build first (npm ci does).');
  });
}

export function startCommand(args: readonly string[], dir: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [CLI, ...args], { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  const heard = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    for (const tell of heard) tell();
  });
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  const said = (text: RegExp): Promise<string> =>
    new Promise((resolveWith, reject) => {
      const look = (): void => {
        if (text.test(out)) resolveWith(out);
      };
      heard.add(look);
      look();
      ended.then(() => reject(new Error(`It ended without saying ${text}: ${out}${err}`)), reject);
    });
  return { child, said, ended };
}
