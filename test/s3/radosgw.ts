// Runs a real S3 server while this process's standard input is open: Ceph's RADOS Gateway with one monitor and one OSD
// in memory, on free ports of 127.0.0.1, in a temporary folder. It prints a line of JSON when it is ready (Radosgw in
// start-radosgw.ts). When the input ends for any reason, it stops everything and deletes the folder.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { lastingPort } from '../faults/cluster.js';
import type { Radosgw, S3User } from './start-radosgw.js';

const execute = promisify(execFile);

const START_MS = 60_000;
const LOOK_EVERY_MS = 100;
const MEMORY_BYTES = 1024 ** 3;
const ENTITIES = ['client.admin', 'osd.0', 'client.rgw.a'];

const dir = await mkdtemp(join(tmpdir(), 'storewatch-radosgw-'));
const conf = join(dir, 'ceph.conf');
const daemons: ChildProcess[] = [];

const run = async (program: string, ...args: string[]): Promise<string> => {
  const { stdout } = await execute(program, ['-c', conf, ...args], { timeout: START_MS });
  return stdout;
};

/** Runs a daemon in the foreground. The kernel kills it if this process is killed. */
function daemon(name: string, ...args: string[]): void {
  const log = openSync(join(dir, 'daemons.log'), 'a');
  const command = ['--pdeathsig', 'KILL', name, '-c', conf, '-f', ...args];
  daemons.push(spawn('setpriv', command, { stdio: ['ignore', log, log] }));
  closeSync(log);
}

/** Retries until it works. @throws Error with the end of the log if it does not within a minute, or if a daemon ends */
async function until(what: string, works: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + START_MS; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    if (await works().catch(() => false)) return;
    if (daemons.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)) break;
  }
  const log = await readFile(join(dir, 'daemons.log'), 'utf8');
  throw new Error(`${what} did not start:\n${log.split('\n').slice(-20).join('\n')}`);
}

async function start(): Promise<Radosgw> {
  const [v1, v2, port] = [await lastingPort(), await lastingPort(), await lastingPort()];
  const fsid = randomUUID();
  const monitor = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
  for (const name of ['mon', 'osd', 'rgw', 'run']) await mkdir(join(dir, name));
  await writeFile(conf, settings(fsid, monitor, port));

  const keyring = join(dir, 'keyring');
  await execute('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
  for (const entity of ENTITIES) {
    const caps = ['mon', 'osd', 'mgr'].flatMap((part) => ['--cap', part, 'allow *']);
    await execute('ceph-authtool', [keyring, '--gen-key', '-n', entity, ...caps]);
  }
  const map = join(dir, 'monmap');
  await execute('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitor, map]);
  await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring);
  daemon('ceph-mon', '-i', 'a');
  // The id registered at the monitor must be that of the OSD's data.
  const osd = randomUUID();
  await run('ceph', 'osd', 'new', osd, '0');
  await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd);
  daemon('ceph-osd', '-i', '0');
  await until('the OSD', async () => (await run('ceph', 'osd', 'stat')).includes('1 up'));
  daemon('radosgw', '-n', 'client.rgw.a');
  const endpoint = `http://127.0.0.1:${port}`;
  await until('the gateway', async () => (await fetch(endpoint)).ok);
  return { endpoint, user: await createUser('storewatch'), stranger: await createUser('stranger') };
}

/** Small, in memory, without replicas. The monitor ignores a nearly full disk. */
const settings = (fsid: string, monitor: string, port: number): string => `[global]
fsid = ${fsid}
mon_host = ${monitor}
mon_initial_members = a
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_ipv6 = false
keyring = ${dir}/keyring
auth_allow_insecure_global_id_reclaim = false
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
run_dir = ${dir}/run
pid_file = ${dir}/run/$name.pid
admin_socket = ${dir}/run/$name.asok
log_file =
log_to_stderr = true
[mon.a]
mon_data = ${dir}/mon
[osd.0]
osd_data = ${dir}/osd
osd_objectstore = memstore
memstore_device_bytes = ${MEMORY_BYTES}
[client.rgw.a]
rgw_data = ${dir}/rgw
rgw_frontends = beast endpoint=127.0.0.1:${port}
rgw_dns_name = localhost
`;

async function createUser(name: string): Promise<S3User> {
  const [accessKeyId, secretAccessKey] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  await run('radosgw-admin', '-n', 'client.rgw.a', 'user', 'create', '--uid', name, '--display-name', name, ...keys);
  return { accessKeyId, secretAccessKey };
}

async function stop(): Promise<void> {
  for (const child of daemons) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGKILL'); // A clean stop takes seconds, and nothing in them is worth keeping.
    await gone;
  }
  await rm(dir, { recursive: true, force: true, maxRetries: 20 });
}

const inputEnded = once(process.stdin.resume(), 'end');
try {
  const started = await Promise.race([start(), inputEnded.then(() => undefined)]);
  if (started) process.stdout.write(`${JSON.stringify(started)}\n`);
  await inputEnded;
} finally {
  await stop();
}
process.exit();
