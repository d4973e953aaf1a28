import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import { type Pair, certificate } from '../setup/certificate.js';
import { newKey } from './access.js';
import { send } from './rest.js';
import { type Storewatch, grpcMethods, startStorewatch } from './server.js';

let dir: string;
let ca: Pair;
let ours: Pair;
let client: Pair;
let stranger: Pair;
/** Paths of the server's files. */
let files: { TLS_CERT_FILE: string; TLS_KEY_FILE: string };
let server: Storewatch | undefined;

async function file(name: string, content: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-tls-'));
  ca = await certificate('authority');
  ours = await certificate('storewatch', ca);
  client = await certificate('client', ca);
  stranger = await certificate('stranger', await certificate('another authority'));
  files = { TLS_CERT_FILE: await file('cert.pem', ours.cert), TLS_KEY_FILE: await file('key.pem', ours.key) };
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The HTTPS status, or why the request failed. */
function overHttps(path: string, options: RequestOptions): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request(`${server!.http}${path}`, { agent: false, ...options }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode!));
      response.once('error', (error) => resolve(error.message));
    });
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end();
  });
}

/** The status of a gRPC call. */
async function overGrpc(pair?: Pair, key?: string): Promise<keyof typeof status> {
  const channel = credentials.createSsl(
    Buffer.from(ca.cert),
    ...(pair ? ([Buffer.from(pair.key), Buffer.from(pair.cert)] as const) : []),
  );
  const caller = new Client(server!.grpcAddress, channel, { 'grpc.ssl_target_name_override': 'localhost' });
  const { path, requestSerialize, responseDeserialize } = grpcMethods.get(
    '/storewatch.v1.TimezonesService/ListTimezones',
  )!;
  const metadata = new Metadata();
  if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
  const code = await new Promise<status>((resolve) => {
    caller.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, metadata, (error) =>
      resolve(error?.code ?? status.OK),
    );
  });
  caller.close();
  return status[code] as keyof typeof status;
}

/** The protocol version that both ends agree on, or why the handshake failed. */
async function protocolOf(address: string, options: ConnectionOptions): Promise<string | null> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), ca: ca.cert, ...options });
  try {
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

describe('with a certificate', () => {
  it('REST uses HTTPS and gRPC uses TLS', async () => {
    server = await startStorewatch(files);
    expect(server.http).toMatch(/^https:/);
    expect(await overHttps('/v1/stores', { ca: ca.cert })).toBe(200);
    expect(await overHttps('/v1/stores', {})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await overGrpc()).toBe('OK');
    await expect(server.grpc.listTimezones()).rejects.toMatchObject({ code: status.UNAVAILABLE }); // plaintext
    await expect(send({ ...server, http: server.http.replace('https', 'http') }, '/livez')).rejects.toThrow('fetch');
  });

  it('TLS 1.2 is the oldest accepted version', async () => {
    server = await startStorewatch(files);
    for (const address of [server.http, `https://${server.grpcAddress}`]) {
      expect(await protocolOf(address, {})).toBe('TLSv1.3');
      expect(await protocolOf(address, { maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      expect(await protocolOf(address, old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    }
  });

  it('API keys work too', async () => {
    server = await startStorewatch({ ...files, API_KEYS: 'on' });
    const key = await newKey(server, ['read']);
    expect(await overHttps('/v1/stores', { ca: ca.cert })).toBe(401);
    expect(await overHttps('/v1/stores', { ca: ca.cert, headers: { Authorization: `Bearer ${key}` } })).toBe(200);
    expect([await overGrpc(), await overGrpc(undefined, key)]).toEqual(['UNAUTHENTICATED', 'OK']);
  });
});

describe('with a client CA', () => {
  it('REST and gRPC accept only clients with a certificate from that CA', async () => {
    server = await startStorewatch({ ...files, TLS_CLIENT_CA_FILE: await file('ca.pem', ca.cert) });
    expect(await overHttps('/v1/stores', { ca: ca.cert, ...client })).toBe(200);
    expect(await overHttps('/livez', { ca: ca.cert })).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    expect(await overHttps('/livez', { ca: ca.cert, ...stranger })).toMatch(/^(ERR_SSL_|ECONNRESET)/);
    expect([await overGrpc(client), await overGrpc(), await overGrpc(stranger)]).toEqual([
      'OK',
      'UNAVAILABLE',
      'UNAVAILABLE',
    ]);
  });
});

describe('unusable TLS files', () => {
  const starting = (environment: Record<string, string>): Promise<unknown> =>
    startStorewatch({ ...files, ...environment });

  it.each(['TLS_CERT_FILE', 'TLS_KEY_FILE', 'TLS_CLIENT_CA_FILE'])('a missing %s is named', async (name) => {
    const path = join(dir, 'nothing.pem');
    await expect(starting({ [name]: path })).rejects.toThrow(`${name} is "${path}": the file cannot be read (ENOENT).`);
  });

  it.each([
    ['TLS_CERT_FILE', 'certificate in PEM'],
    ['TLS_KEY_FILE', 'private key in PEM that can be read without a passphrase'],
    ['TLS_CLIENT_CA_FILE', 'certificates in PEM'],
  ])('%s with the wrong content is named', async (name, form) => {
    const path = await file('wrong.pem', 'secret words');
    await expect(starting({ [name]: path })).rejects.toThrow(`${name} is "${path}": the file contains no ${form}.`);
  });

  it('a key that does not match the certificate is named', async () => {
    const path = await file('other.pem', client.key);
    await expect(starting({ TLS_KEY_FILE: path })).rejects.toThrow(
      `TLS_KEY_FILE is "${path}": the file is not the key of the certificate in TLS_CERT_FILE.`,
    );
  });
});
