import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { Client } from 'pg';
import { compiled } from '#bench/dist.js';
import type { Scope } from '#bench/scope.js';
import type { RunAs } from '../../src/platform/database/embedded/run-as.js';

const USER = 'storewatch';
/** Below the range of ephemeral ports, so that nothing else takes the port between a stop and the next start. */
const PORTS = { from: 10_000, to: 32_000 };
const CONNECTIONS = 200;

/** The harness's own PostgreSQL, with fsync. It keeps its port, however often it is stopped. */
export class Cluster {
  readonly port: number;
  private readonly data: string;
  private readonly runAs: RunAs;
  private readonly password: string;

  private constructor(data: string, runAs: RunAs, password: string, port: number) {
    this.data = data;
    this.runAs = runAs;
    this.password = password;
    this.port = port;
  }

  static async start(scope: Scope, name: string): Promise<Cluster> {
    const embedded = {
      ...(await compiled<typeof import('../../src/platform/database/embedded/cluster.js')>(
        'src/platform/database/embedded/cluster.js',
      )),
      ...(await compiled<typeof import('../../src/platform/database/embedded/programs.js')>(
        'src/platform/database/embedded/programs.js',
      )),
      ...(await compiled<typeof import('../../src/platform/database/embedded/run-as.js')>(
        'src/platform/database/embedded/run-as.js',
      )),
    };
    // The scope's guard looks here for servers to stop.
    const dir = scope.path(`server-${name}`, 'postgres');
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const files = new embedded.Cluster(dir);
    const runAs = await embedded.findRunAs(dir, await embedded.findPrograms());
    await files.create(runAs, USER, true);
    const cluster = new Cluster(files.data, runAs, await files.password(), await lastingPort());
    scope.defer(() => cluster.stop('immediate'));
    await cluster.startAgain();
    return cluster;
  }

  url(database: string, port: number = this.port): string {
    return `postgresql://${USER}:${this.password}@127.0.0.1:${port}/${database}`;
  }

  async startAgain(): Promise<void> {
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: CONNECTIONS };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
    const args = ['start', '--wait', '--log', 'postgres.log', '--options', `-p ${this.port} ${options.join(' ')}`];
    const { ok, output } = await this.runAs.run('pg_ctl', args, { PGDATA: this.data });
    if (!ok) throw new Error(`PostgreSQL does not start: ${output}`);
  }

  /** Stops it like a machine failure: without a checkpoint, so that the next start recovers from the WAL. */
  async stop(mode: 'immediate'): Promise<void> {
    await this.runAs.run('pg_ctl', ['stop', '--mode', mode, '--wait'], { PGDATA: this.data });
  }

  async createDatabase(name: string, template = 'template0'): Promise<void> {
    await this.run('postgres', (client) => client.query(`create database ${name} template ${template}`));
  }

  async dropDatabase(name: string): Promise<void> {
    await this.run('postgres', (client) => client.query(`drop database if exists ${name} with (force)`));
  }

  /** Runs queries on a new connection. */
  async run<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.url(database) });
    client.on('error', () => {}); // The current query fails too.
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
    } catch {
      continue;
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
