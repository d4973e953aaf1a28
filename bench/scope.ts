import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Cleans up everything that a run creates. Closers run in reverse order, also if the run fails or is interrupted. */
export class Scope {
  readonly dir: string;
  private readonly closers: (() => Promise<unknown>)[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** A scope with a temporary folder. A guard process deletes the folder even if this process is killed. */
  static async open(): Promise<Scope> {
    const scope = new Scope(await mkdtemp(join(tmpdir(), 'storewatch-bench-')));
    const guard = spawn(process.execPath, [fileURLToPath(new URL('guard.ts', import.meta.url)), scope.dir], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    guard.unref();
    scope.defer(async () => {
      await rm(scope.dir, { recursive: true, force: true, maxRetries: 20 });
      guard.stdin.end();
    });
    return scope;
  }

  /** A path inside the temporary folder. */
  path(...names: string[]): string {
    return join(this.dir, ...names);
  }

  /** @returns a function that runs the closer early; calling it twice is safe */
  defer(close: () => Promise<unknown>): () => Promise<void> {
    let closed: Promise<unknown> | undefined;
    const once = async (): Promise<void> => {
      await (closed ??= close());
    };
    this.closers.push(once);
    return once;
  }

  /** Ensures that a child process does not outlive the run. */
  adopt<Child extends ChildProcess>(child: Child): Child {
    this.defer(() => ended(child, 'SIGTERM'));
    return child;
  }

  async close(): Promise<void> {
    for (let close = this.closers.pop(); close; close = this.closers.pop()) {
      await close().catch((error: Error) => process.stderr.write(`bench: while cleaning up: ${error.message}\n`));
    }
  }
}

/** Resolves when the process has exited; immediately if it already has. */
export function ended(child: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    if (signal) child.kill(signal);
  });
}
