// A separate process: the receiver in docs/webhooks.md runs unchanged.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebhookSender } from '../../src/features/reports/webhooks/webhook-sender.js';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

/** The code of the receiver in docs/webhooks.md. */
let dir: string;
let receiver: ChildProcess;
let said = '';

async function heard(text: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const match = text.exec(said);
    if (match) return match;
    if (receiver.exitCode !== null) throw new Error(`The receiver ended: ${said}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-receiver-'));
  const page = await readFile('docs/webhooks.md', 'utf8');
  await writeFile(join(dir, 'receiver.mts'), /```ts\n([^]*?)```/.exec(page)![1]);
  await symlink(resolve('node_modules'), join(dir, 'node_modules'));
  receiver = spawn(process.execPath, ['receiver.mts'], {
    cwd: dir,
    env: { PATH: process.env['PATH'], WEBHOOK_SECRET: SECRET, PORT: '0' },
  });
  for (const stream of [receiver.stdout!, receiver.stderr!])
    stream.on('data', (data: Buffer) => (said += data.toString()));
});
afterAll(async () => {
  receiver.kill();
  await rm(dir, { recursive: true, force: true });
});

it('the receiver in docs/webhooks.md accepts each correctly signed call once, and nothing else', async () => {
  const [, port] = await heard(/port: (\d+)/);
  const message = (id: string) => ({
    id,
    url: `http://127.0.0.1:${port}/`,
    body: JSON.stringify({ type: 'report.completed', data: { report_id: id, status: 'Complete' } }),
  });
  const sender = (webhookSecret: string): WebhookSender =>
    new WebhookSender({ webhookSecret, webhookNetworks: ['127.0.0.0/8'], webhookHttp: true });
  const now = Date.now();
  expect(await sender(SECRET).send(message('one'), now)).toEqual({ status: 204 });
  expect(await sender(SECRET).send(message('one'), now)).toEqual({ status: 204 });
  expect(await sender(SECRET).send(message('old'), now - 600_000)).toEqual({ status: 401 });
  expect(await sender(SECRET.replace('Aw', 'BA')).send(message('forged'), now)).toEqual({ status: 401 });
  expect(await sender(SECRET).send(message('two'), now)).toEqual({ status: 204 });
  await heard(/two is Complete/);
  expect(said.match(/\w+ is \w+/g)).toEqual(['one is Complete', 'two is Complete']);
});
