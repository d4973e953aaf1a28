import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';

/** The program as built by `npm run build`. */
const CLI = resolve('dist/src/cli.js');

export async function checkBuilt(): Promise<void> {
  await access(CLI).catch(() => {
    throw new Error('dist/ is missing. Run npm run build first (npm ci does).');
  });
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** The output so far, as soon as it contains `text`. */
  said(text: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
}

export function startCommand(where: { env: NodeJS.ProcessEnv; cwd: string }, ...args: string[]): Started {
  const child = spawn(process.execPath, [CLI, ...args], { ...where, stdio: ['ignore', 'pipe', 'pipe'] });
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
      ended.then(() => reject(new Error(`The command ended without printing ${text}: ${out}${err}`)), reject);
    });
  return { child, said, ended };
}
