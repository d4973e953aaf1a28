import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Scope, ended } from '#bench/scope.js';
import { lastingPort } from '../faults/cluster.js';
import type { Member } from '../faults/processes.js';

const CONFIG = new URL('../../ops/nginx/', import.meta.url);
const LOOK_EVERY_MS = 20;

/** Debian's nginx with the configuration of ops/nginx, with other ports and upstream addresses. */
export interface Nginx {
  readonly httpUrl: string;
  readonly grpcAddress: string;
  /** The lines of its access log. */
  log(): string;
}

export async function startNginx(scope: Scope, apis: readonly Member[]): Promise<Nginx> {
  const [http, grpc] = [await lastingPort(), await lastingPort()];
  const dir = scope.path('nginx');
  await mkdir(dir);
  const accessLog = scope.path('nginx', 'access.log');
  writeFileSync(
    scope.path('nginx', 'nginx.conf'),
    replaced('nginx.conf', [
      [/listen 8080;/, `listen 127.0.0.1:${http};`],
      [/listen 50051 http2;/, `listen 127.0.0.1:${grpc} http2;`],
      [/access_log \/dev\/stdout/, `access_log ${accessLog}`],
    ]),
  );
  const servers = (addresses: readonly string[]): string =>
    addresses.map((address) => `server ${address} max_fails=1 fail_timeout=5s;`).join('\n  ');
  writeFileSync(
    scope.path('nginx', 'upstreams.conf'),
    replaced('upstreams.conf', [
      [/resolver .*;/, ''],
      [
        /server api:3000 resolve max_fails=1 fail_timeout=5s;/,
        servers(apis.map(({ httpUrl }) => new URL(httpUrl).host)),
      ],
      [/server api:50051 resolve max_fails=1 fail_timeout=5s;/, servers(apis.map(({ grpcAddress }) => grpcAddress))],
    ]),
  );
  const args = ['-p', dir, '-c', 'nginx.conf', '-g', `daemon off; pid ${dir}/nginx.pid;`];
  const { status, stderr } = spawnSync('nginx', [...args, '-t'], { encoding: 'utf8' });
  if (status === null) throw new Error('nginx is not installed: run ops/install-nginx.sh');
  if (status !== 0) throw new Error(stderr);
  const child = spawn('nginx', args, { stdio: 'ignore' });
  scope.defer(() => ended(child, 'SIGTERM'));
  await listening(child, `http://127.0.0.1:${http}/nginx-health`);
  return {
    httpUrl: `http://127.0.0.1:${http}`,
    grpcAddress: `127.0.0.1:${grpc}`,
    log: () => readFileSync(accessLog, 'utf8'),
  };
}

/** @throws Error unless the file contains the text to be replaced exactly once */
function replaced(name: string, changes: readonly (readonly [RegExp, string])[]): string {
  let text = readFileSync(new URL(name, CONFIG), 'utf8');
  for (const [pattern, by] of changes) {
    const [first, ...others] = text.match(new RegExp(pattern, 'g')) ?? [];
    if (first === undefined || others.length > 0)
      throw new Error(`ops/nginx/${name} should contain ${pattern} exactly once`);
    text = text.replace(pattern, () => by);
  }
  return text;
}

async function listening(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null) {
    const isUp = await fetch(url).then(
      ({ status }) => status === 204,
      () => false,
    );
    if (isUp) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error('nginx ended.');
}
