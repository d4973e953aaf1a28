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

/** A name server that answers so, and counts how often it was asked. */
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
  it('is signed so that the library of Standard Webhooks verifies it', async () => {
    expect(await send(new WebhookSender(rules), receiver.url)).toEqual({ status: 204 });
    const [{ headers, body: got }] = receiver.received;
    const signed = headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(got, signed)).toEqual({ type: 'report.completed' });
    expect(() => new Webhook(SECRET).verify(`${got} `, signed)).toThrow('No matching signature');
    expect(headers).toMatchObject({ 'webhook-id': 'report_1', 'content-type': 'application/json' });
  });

  it('goes to what its name leads to when it is connected, if that is allowed', async () => {
    const { resolve, asked } = names(['127.0.0.1']);
    const url = `http://receiver.example:${receiver.port}/`;
    expect(await send(new WebhookSender(rules, resolve), url)).toEqual({ status: 204 });
    expect(asked()).toBe(1);
    expect(receiver.received[0].headers.host).toBe(`receiver.example:${receiver.port}`);
  });

  it('does not go where a name leads to from one moment to the next', async () => {
    // public for who looks first, and then this machine: there is no second look
    const { resolve } = names(['127.0.0.1'], ['10.0.0.1']);
    const closed = new WebhookSender({ ...rules, webhookNetworks: [] }, resolve);
    const refused = {
      error: expect.stringMatching(/^rebinding.example: the address (127|10).0.0.1 is not a public one/),
    };
    for (const _ of [1, 2]) {
      expect(await send(closed, `http://rebinding.example:${receiver.port}/`)).toEqual(refused);
    }
    expect(receiver.received).toEqual([]);
  });

  it('does not go to a name of which one address is not allowed', async () => {
    const { resolve } = names(['127.0.0.1', '::ffff:10.0.0.1']);
    expect(await send(new WebhookSender(rules, resolve), `http://two.example:${receiver.port}/`)).toMatchObject({
      error: expect.stringContaining('::ffff:10.0.0.1 is not a public one'),
    });
    expect(receiver.received).toEqual([]);
  });

  it.each(['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])('does not go to %s', async (host) => {
    const closed = new WebhookSender({ ...rules, webhookNetworks: [] });
    expect(await send(closed, `http://${host}:${receiver.port}/`)).toMatchObject({
      error: expect.stringContaining('is not a public one'),
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

  it('says why nobody has answered', async () => {
    receiver.answers = [(response) => response.destroy()];
    expect(await send(new WebhookSender(rules), receiver.url)).toMatchObject({
      error: expect.stringMatching(/hang up/),
    });
  });
});

describe('a webhook over TLS', () => {
  const trusted = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(trusted));

  it('goes to whom an authority vouches for that the process trusts, and to nobody else', async () => {
    const [authority, other] = [await certificate('authority'), await certificate('another')];
    const receivers = await Promise.all(
      [await certificate('ours', authority), await certificate('theirs', other), other].map(startReceiver),
    );
    const [ours, ...strangers] = receivers;
    // as NODE_EXTRA_CA_CERTS does at the start of a process
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
