import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import { type Receiver, startReceiver, status } from '../../../../test/program/receiver.js';
import { certificate } from '../../../../test/setup/certificate.js';
import { type ResolveAll, WebhookSender } from './webhook-sender.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const rules = { webhookSecret: SECRET, webhookNetworks: ['127.0.0.0/8'], webhookHttp: true };
const body = '{"type":"report.completed"}';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

/** A name server with fixed answers that counts how often it is asked. */
function names(...addresses: string[][]): { resolve: ResolveAll; asked: () => number } {
  let asked = 0;
  const resolve: ResolveAll = (_hostname, _options, done) => {
    const answer = addresses[Math.min(asked++, addresses.length - 1)];
    done(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { resolve, asked: () => asked };
}
const send = (sender: WebhookSender, url: string) => sender.send({ id: 'report_1', url, body }, Date.now());

describe('a webhook', () => {
  it('is signed so that the Standard Webhooks library verifies it', async () => {
    expect(await send(new WebhookSender(rules), receiver.url)).toEqual({ status: 204 });
    const [{ headers, body: got }] = receiver.received;
    const signed = headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(got, signed)).toEqual({ type: 'report.completed' });
    expect(() => new Webhook(SECRET).verify(`${got} `, signed)).toThrow('No matching signature');
    expect(headers).toMatchObject({ 'webhook-id': 'report_1', 'content-type': 'application/json' });
  });

  it('connects to the resolved address if it is allowed', async () => {
    const { resolve, asked } = names(['127.0.0.1']);
    const url = `http://receiver.example:${receiver.port}/`;
    expect(await send(new WebhookSender(rules, resolve), url)).toEqual({ status: 204 });
    expect(asked()).toBe(1);
    expect(receiver.received[0].headers.host).toBe(`receiver.example:${receiver.port}`);
  });

  it('does not follow a name that resolves differently a moment later', async () => {
    // The first lookup returns a public address, a second one would return this machine: there is no second lookup.
    const { resolve } = names(['127.0.0.1'], ['10.0.0.1']);
    const closed = new WebhookSender({ ...rules, webhookNetworks: [] }, resolve);
    const refused = {
      error: expect.stringMatching(/^rebinding.example: the address (127|10).0.0.1 is neither public nor/),
    };
    for (const _ of [1, 2]) {
      expect(await send(closed, `http://rebinding.example:${receiver.port}/`)).toEqual(refused);
    }
    expect(receiver.received).toEqual([]);
  });

  it('does not go to a name with a forbidden address', async () => {
    const { resolve } = names(['127.0.0.1', '::ffff:10.0.0.1']);
    expect(await send(new WebhookSender(rules, resolve), `http://two.example:${receiver.port}/`)).toMatchObject({
      error: expect.stringContaining('::ffff:10.0.0.1 is neither public nor'),
    });
    expect(receiver.received).toEqual([]);
  });

  it.each(['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])('does not go to %s', async (host) => {
    const closed = new WebhookSender({ ...rules, webhookNetworks: [] });
    expect(await send(closed, `http://${host}:${receiver.port}/`)).toMatchObject({
      error: expect.stringContaining('is neither public nor'),
    });
    expect(receiver.received).toEqual([]);
  });

  it('does not follow a redirect', async () => {
    const other = await startReceiver();
    receiver.answers = [status(302, { location: other.url }), status(308, { location: other.url })];
    expect(await send(new WebhookSender(rules), receiver.url)).toEqual({ status: 302 });
    expect(await send(new WebhookSender(rules), receiver.url)).toEqual({ status: 308 });
    expect(other.received).toEqual([]);
    await other.close();
  });

  it('reports why there is no response', async () => {
    receiver.answers = [(response) => response.destroy()];
    expect(await send(new WebhookSender(rules), receiver.url)).toMatchObject({
      error: expect.stringMatching(/hang up/),
    });
  });
});

describe('a webhook over TLS', () => {
  const trusted = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(trusted));

  it('goes only to a host with a certificate that the process trusts', async () => {
    const [authority, other] = [await certificate('authority'), await certificate('another')];
    const receivers = await Promise.all(
      [await certificate('ours', authority), await certificate('theirs', other), other].map(startReceiver),
    );
    const [ours, ...strangers] = receivers;
    // as NODE_EXTRA_CA_CERTS does when a process starts
    setDefaultCACertificates([...trusted, authority.cert]);
    const sender = new WebhookSender({ ...rules, webhookHttp: false }, names(['127.0.0.1']).resolve);

    expect(await send(sender, ours.url)).toEqual({ status: 204 });
    const [{ headers, body: got }] = ours.received;
    expect(new Webhook(SECRET).verify(got, headers as Record<string, string>)).toEqual({ type: 'report.completed' });
    for (const { url } of strangers) {
      expect(await send(sender, url)).toEqual({ error: expect.stringMatching(/certificate/) });
    }
    expect(await send(sender, `https://not-its-name.example:${ours.port}/`)).toEqual({
      error: expect.stringMatching(/not-its-name\.example.* is not in the cert's altnames/),
    });
    expect(receivers.map(({ received }) => received.length)).toEqual([1, 0, 0]);
    for (const one of receivers) await one.close();
  });
});
