import { mkdir, readFile, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { watchHealth } from './buf-curl.js';
import { equal, matches } from './checks.js';
import { pollsOf, reportFile } from './curl.js';
import { type Running, run, start } from './running.js';
import type { World } from './world.js';

/** Runs an example client with these arguments. It sends the polls of a day for a store. */
type Client = (world: World, ...args: string[]) => Running;

const typescript: Client = ({ scope, key, ca }, ...args) =>
  start(scope, process.execPath, [resolve('examples/typescript/client.ts'), ...args], {
    STOREWATCH_API_KEY: key,
    ...(ca !== undefined && { STOREWATCH_CA_FILE: ca }),
  });

/** Debian's Python, which has grpcio. Other Pythons on the PATH may not. */
const python: Client = ({ scope, key, ca }, ...args) =>
  start(scope, '/usr/bin/python3', [resolve('examples/python/client.py'), ...args], {
    STOREWATCH_API_KEY: key,
    ...(ca !== undefined && { STOREWATCH_CA_FILE: ca }),
    PYTHONPATH: scope.path('stubs'),
    PYTHONDONTWRITEBYTECODE: '1',
  });

/** Generated from the descriptors, because Debian's protoc has the files of google.protobuf in another package. */
async function pythonStubs({ scope }: World): Promise<void> {
  const stubs = scope.path('stubs');
  await mkdir(stubs);
  const files = (await readdir('proto/storewatch/v1')).map((name) => `storewatch/v1/${name}`);
  const { code, err } = await run(scope, 'protoc', [
    '--descriptor_set_in=proto/storewatch.binpb',
    '--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin',
    `--python_out=${stubs}`,
    `--grpc_python_out=${stubs}`,
    ...files,
  ]);
  equal(code, 0, err);
}

const POLLS_A_DAY = 1_440;

/** Checks that the client exits with 0, that all its polls are stored, and that it has the same file as curl. */
async function endsWell(world: World, client: Running, store: string, file: string): Promise<string> {
  const { code, out, err } = await client.ended;
  equal(code, 0, out + err);
  const [, reportId] = /^Report (\S+) is in /m.exec(out) ?? [];
  equal((await readFile(file)).equals(await reportFile(world, reportId)), true, out);
  equal(await pollsOf(world, store), POLLS_A_DAY, out);
  return out;
}

async function clientChecks(world: World, name: string, client: Client): Promise<void> {
  const { checks, scope, server } = world;
  await checks.check(`${name}: sends polls, creates a report and downloads it`, async () => {
    const file = scope.path(`${name}.csv`);
    const out = await endsWell(world, client(world, server.grpc, file, '--store', name), name, file);
    equal(out.match(/^batch \d+: 60 accepted, 0 known, 0 rejected$/gm)?.length, 24, out);
  });
  await checks.check(`${name}: without a key, it reports the error`, async () => {
    const { code, out, err } = await client({ ...world, key: 'sw_wrong' }, server.grpc, scope.path('none.csv')).ended;
    equal(code, 1, out + err);
    matches(err, /UNAUTHENTICATED/);
  });
  // A clean stop takes up to 5 s. The client is in the middle of its polls by then.
  for (const [signal, pause] of [
    ['SIGTERM', '0.5'],
    ['SIGKILL', '0.2'],
  ] as const) {
    await checks.check(`${name}: continues after a restart of the server (${signal})`, async () => {
      const [file, store] = [scope.path(`${name}-${signal}.csv`), `${name}-${signal}`];
      const running = client(world, server.grpc, file, '--store', store, '--pause', pause);
      await running.said('batch 5:');
      await server.restart(signal);
      const out = await endsWell(world, running, store, file);
      matches(out, /^UNAVAILABLE: /m);
    });
  }
}

export async function exampleChecks(world: World): Promise<void> {
  await pythonStubs(world);
  await clientChecks(world, 'typescript', typescript);
  await clientChecks(world, 'python', python);
  await world.checks.check('health: NOT_SERVING while the server drains, then the stream ends', async () => {
    const watching = watchHealth(world);
    await watching.said('"SERVING"');
    await world.server.restart('SIGTERM');
    const { out, err } = await watching.ended;
    equal(out.replace(/\s/g, ''), '{"status":"SERVING"}{"status":"NOT_SERVING"}');
    matches(err, /"code": "unavailable"/);
  });
}

/** The checks over TLS. From then on, the server has a self-signed certificate. */
export async function tlsChecks(plain: World): Promise<void> {
  const { checks, scope, server } = plain;
  const [ca, keyFile] = [scope.path('cert.pem'), scope.path('key.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=storewatch'];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', ca];
  const { code, err: said } = await run(scope, 'openssl', [...made, ...names]);
  equal(code, 0, said);
  await server.restart('SIGTERM', { TLS_CERT_FILE: ca, TLS_KEY_FILE: keyFile });

  for (const [name, client] of Object.entries({ typescript, python })) {
    await checks.check(`${name}: over TLS`, async () => {
      const file = scope.path(`${name}-tls.csv`);
      const {
        code: exit,
        out,
        err,
      } = await client({ ...plain, ca }, server.grpc, file, '--store', `${name}-tls`).ended;
      equal(exit, 0, out + err);
      matches(await readFile(file, 'utf8'), new RegExp(`^${name},`, 'm'));
    });
  }
  await checks.check('buf curl: over TLS', async () => {
    const url = `https://${server.grpc}/grpc.health.v1.Health/Check`;
    const { out, err } = await run(scope, 'buf', ['curl', '--protocol', 'grpc', '--cacert', ca, url]);
    equal(out.replace(/\s/g, ''), '{"status":"SERVING"}', err);
  });
}
