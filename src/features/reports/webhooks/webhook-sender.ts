import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type LookupFunction, isIP } from 'node:net';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { Settings } from '../../../platform/config/settings.js';
import { retryAfterOf } from './retry-after.js';
import { isAllowedAddress } from './webhook-address.js';
import { type WebhookRules, hostOf, notPublic } from './webhook-url.js';

const TIMEOUT_MS = 15_000;

/** https://www.standardwebhooks.com */
export interface WebhookMessage {
  /** The same for every attempt. */
  readonly id: string;
  readonly url: string;
  /** JSON. */
  readonly body: string;
}

/** The outcome of an attempt: an HTTP status, or the error when there is none. */
export type WebhookAnswer =
  | {
      readonly status: number;
      /** The receiver's minimum delay before the next attempt. */ readonly retryAfterSeconds?: number | undefined;
    }
  | { readonly error: string };

export type ResolveAll = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Sends webhooks to allowed addresses only. */
@Injectable()
export class WebhookSender {
  constructor(
    @Inject(Settings) private readonly rules: WebhookRules,
    @Optional() private readonly resolve: ResolveAll = systemLookup,
  ) {}

  /** Makes one attempt. Reads only the response's status and Retry-After, and follows no redirect. */
  async send({ id, url: href, body }: WebhookMessage, nowMs: number): Promise<WebhookAnswer> {
    const { webhookSecret, webhookNetworks } = this.rules;
    if (webhookSecret === undefined) return { error: 'WEBHOOK_SECRET is no longer set.' };
    const url = new URL(href);
    const host = hostOf(url);
    if (isIP(host) && !isAllowedAddress(host, webhookNetworks)) return { error: notPublic(host) };
    const at = new Date(nowMs);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'storewatch',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
      'webhook-signature': new Webhook(webhookSecret).sign(id, at, body),
    };
    const options = {
      method: 'POST',
      headers,
      agent: false,
      lookup: this.lookup,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    return new Promise((done) => {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
        const status = response.statusCode!;
        done({ status, retryAfterSeconds: retryAfterOf(status, response.headers['retry-after'], nowMs) });
        response.destroy();
      });
      request.on('error', (error) => done({ error: reasonOf(error) }));
      request.end(body);
    });
  }

  /**
   * Called by the socket, which connects to the returned address. So the address that is checked is the one that is
   * used, even if the name resolves differently a moment later. A name with any forbidden address is refused.
   */
  private readonly lookup: LookupFunction = (hostname, options, done) => {
    this.resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const forbidden = addresses.find(({ address }) => !isAllowedAddress(address, this.rules.webhookNetworks));
      if (forbidden) return done(new Error(`${hostname}: ${notPublic(forbidden.address)}`), []);
      if (options.all === true) return done(null, addresses);
      return done(null, addresses[0].address, addresses[0].family);
    });
  };
}

function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `No answer within ${TIMEOUT_MS / 1_000} s.`;
  return error instanceof AggregateError ? error.errors.map(String).join(', ') : error.message;
}
