import { type ChildProcess, spawn } from 'node:child_process';
import { type WriteStream, createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLI } from '#bench/dist.js';
import { environment } from '#bench/run.js';
import { type Scope, ended } from '#bench/scope.js';
import { lastingPort } from './cluster.js';

export type Role = 'api' | 'worker' | 'scheduler';

const CHILD = new URL('child.ts', import.meta.url).href;
const READY = 'Stop it with Ctrl-C.';
/** The pause before a process that could not start is started again. */
const PAUSE_MS = 250;
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** One process of the program, restarted whenever it ends. */
export interface Member {
  readonly name: string;
  readonly role: Role;
  readonly httpUrl: string;
  readonly grpcAddress: string;
  child: ChildProcess;
  isReady: boolean;
  isFrozen: boolean;
  spawnedAt: number;
  /** Whether the harness ended it. */
  isVictim: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Several processes of the program over one database, with one home. */
export class Fleet {
  readonly members: Member[] = [];
  /** Processes that ended on their own. */
  readonly ends: string[] = [];
  private outageAt = -Infinity;
  private isStopping = false;

  private readonly log: WriteStream;

  private constructor(log: WriteStream) {
    this.log = log;
  }

  /** Starts all at once, and resolves when all are ready. */
  static async start(
    scope: Scope,
    place: { name: string; databaseUrl: string; home: string; logs: string },
    roles: readonly Role[] = ['api', 'worker', 'scheduler'],
  ): Promise<Fleet> {
    const fleet = new Fleet(createWriteStream(`${place.logs}/${place.name}.log`));
    scope.defer(() => fleet.stop('SIGKILL'));
    for (const [i, role] of roles.entries()) {
      const [http, grpc] = [await lastingPort(), await lastingPort()];
      const env = {
        ...environment(place.home),
        DATABASE_URL: place.databaseUrl,
        HTTP_PORT: `${http}`,
        GRPC_PORT: `${grpc}`,
      };
      fleet.add({
        name: `${role}-${i + 1}`,
        role,
        env,
        httpUrl: `http://127.0.0.1:${http}`,
        grpcAddress: `127.0.0.1:${grpc}`,
      });
    }
    return fleet;
  }

  /** The running members of a role, or of all roles. */
  running(role?: Role): Member[] {
    return this.members.filter((m) => m.isReady && !m.isFrozen && (role === undefined || m.role === role));
  }

  apis(): Member[] {
    return this.members.filter(({ role }) => role === 'api');
  }

  /** Resolves when every member is ready. @throws Error if one is not ready within a minute */
  async ready(): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      const late = this.members.filter(({ isReady }) => !isReady);
      if (late.length === 0) return;
      if (performance.now() - startedAt > READY_WITHIN_MS) {
        throw new Error(`not ready after a minute: ${late.map(({ name }) => name).join(', ')}`);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  kill(member: Member, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
    member.isVictim = true;
    member.isReady = false;
    member.child.kill(signal);
  }

  freeze(member: Member): void {
    member.isFrozen = true;
    member.child.kill('SIGSTOP');
  }

  thaw(member: Member): void {
    member.isFrozen = false;
    member.child.kill('SIGCONT');
  }

  turnClock(member: Member, shiftMs: number): void {
    member.child.send({ shiftMs }, () => {}); // it may have been killed just now
  }

  /** Tolerates failed starts until the returned function is called. */
  outage(): () => void {
    this.outageAt = Infinity;
    return () => (this.outageAt = performance.now());
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.isStopping = true;
    await Promise.all(
      this.members.map(async ({ child, isFrozen }) => {
        if (isFrozen) child.kill('SIGCONT');
        await ended(child, signal);
      }),
    );
  }

  private add(member: Pick<Member, 'name' | 'role' | 'env' | 'httpUrl' | 'grpcAddress'>): void {
    const whole = { ...member, isReady: false, isFrozen: false, isVictim: false, spawnedAt: 0 } as Member;
    this.members.push(whole);
    this.spawn(whole);
  }

  private spawn(member: Member): void {
    const args = ['--import', CHILD, CLI, 'serve', '--roles', member.role];
    const child = spawn(process.execPath, args, { env: member.env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    Object.assign(member, { child, isReady: false, isVictim: false, isFrozen: false, spawnedAt: performance.now() });
    let last = '';
    const hear = (chunk: Buffer): void => {
      last = (last + chunk.toString()).slice(-500);
      if (last.includes(READY)) member.isReady = true;
      this.log.write(chunk.toString().replaceAll(/^(?=.)/gm, `${new Date().toISOString()} ${member.name} `));
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.once('exit', (code, signal) => void this.replace(member, `${member.name} (${code ?? signal}): ${last}`));
  }

  private async replace(member: Member, end: string): Promise<void> {
    if (this.isStopping) return;
    if (!member.isVictim) {
      // A running process survives an outage; a starting one may give up.
      if (member.isReady || member.spawnedAt > this.outageAt) this.ends.push(end);
      member.isReady = false;
      await sleep(PAUSE_MS);
      if (this.isStopping) return;
    }
    this.spawn(member);
  }
}
