import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { CLI } from '#bench/dist.js';
import type { Scope } from '#bench/scope.js';
import { lastingPort } from '../faults/cluster.js';

/** Longer than anything here takes. What hangs is killed and fails. */
const TIMEOUT_MS = 150_000;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when the output contains the text. @throws if the command ends first */
  said(text: string | RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

export function start(
  scope: Scope,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Running {
  const child = scope.adopt(
    spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS }),
  );
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return {
    child,
    ended,
    async said(text) {
      let isOver = false;
      void ended.then(() => (isOver = true));
      while (out.search(text) === -1) {
        if (isOver) throw new Error(`${command} ended without printing ${text}:\n${out}${err}`);
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
    },
  };
}

export const run = (
  scope: Scope,
  command: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Ended> => start(scope, command, args, env).ended;

/** `storewatch serve` on fixed ports, with sample data and, unless the settings say otherwise, API keys. */
export class Server {
  private running: Running | undefined;
  private readonly scope: Scope;
  private readonly env: Record<string, string>;

  private constructor(scope: Scope, env: Record<string, string>) {
    this.scope = scope;
    this.env = env;
  }

  static async start(scope: Scope, settings: Record<string, string> = {}): Promise<Server> {
    const [httpPort, grpcPort] = [await lastingPort(), await lastingPort()];
    const server = new Server(scope, {
      STOREWATCH_HOME: scope.path('home'),
      HTTP_PORT: String(httpPort),
      GRPC_PORT: String(grpcPort),
      API_KEYS: 'on',
      DRAIN_FOR: '1s',
      ...settings,
    });
    await server.go();
    return server;
  }

  get http(): string {
    return `http://127.0.0.1:${this.env['HTTP_PORT']}`;
  }

  get grpc(): string {
    return `127.0.0.1:${this.env['GRPC_PORT']}`;
  }

  /** A new key, created on the command line. */
  async key(scopes: string): Promise<string> {
    const args = ['keys', 'create', `clients-${scopes}`, '--scopes', scopes];
    const { out, err } = await run(this.scope, process.execPath, [CLI, ...args], this.env);
    const [key] = /sw_\S+/.exec(out) ?? [];
    if (key === undefined) throw new Error(`keys create printed no key:\n${out}${err}`);
    return key;
  }

  /** Restarts the server, with more settings if given. SIGTERM stops it cleanly; SIGKILL does not. */
  async restart(signal: 'SIGTERM' | 'SIGKILL', settings: Record<string, string> = {}): Promise<void> {
    this.running!.child.kill(signal);
    await this.running!.ended;
    Object.assign(this.env, settings);
    await this.go();
  }

  private async go(): Promise<void> {
    this.running = start(this.scope, process.execPath, [CLI, 'serve', '--sample-data'], this.env);
    await this.running.said('Stop it with Ctrl-C.');
  }
}
