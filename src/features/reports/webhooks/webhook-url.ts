import { isIP } from 'node:net';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import { isAllowedAddress } from './webhook-address.js';

/** What of the settings says where webhooks may go. */
export interface WebhookRules {
  readonly webhookSecret: string | undefined;
  readonly webhookNetworks: readonly string[];
  readonly webhookHttp: boolean;
}

const MAX_LENGTH = 2_000;
const FIELD = 'webhook.url';

/**
 * The URL of `{ url }`; undefined: no webhook is wanted. Where a name leads to is looked at when it is called.
 * @throws DomainError invalid_argument
 */
export function readWebhook(value: unknown, rules: WebhookRules): string | undefined {
  if (value === undefined || value === null) return undefined;
  const fields: { url?: unknown } = typeof value === 'object' ? value : {};
  const unknown = Object.keys(fields).find((key) => key !== 'url');
  if (unknown !== undefined) {
    throw invalidArgument(`webhook.${unknown}`, `webhook: there is no field ${quoteValue(unknown)}.`);
  }
  if (rules.webhookSecret === undefined) {
    const remedy = 'set WEBHOOK_SECRET, by which receivers know them';
    throw invalidArgument('webhook', `webhook: this server sends none; ${remedy}.`);
  }
  return readUrl(fields.url, rules);
}

function readUrl(text: unknown, { webhookNetworks, webhookHttp }: WebhookRules): string {
  const url = typeof text === 'string' && text.length <= MAX_LENGTH ? URL.parse(text) : null;
  if (!url) throw invalidArgument(FIELD, `${FIELD}: must be a URL of up to ${MAX_LENGTH} characters.`);
  const refuse = (why: string): Error => invalidArgument(FIELD, `${FIELD}: ${why}`);
  if (url.protocol !== 'https:' && !(webhookHttp && url.protocol === 'http:')) {
    const http = webhookHttp ? ' or http://' : ' (WEBHOOK_ALLOW_HTTP)';
    throw refuse(`${quoteValue(`${url.protocol}//`)} is not https://${http}.`);
  }
  if (url.username !== '' || url.password !== '')
    throw refuse('holds a user or password; receivers check the signature.');
  const host = hostOf(url);
  if (isIP(host) && !isAllowedAddress(host, webhookNetworks)) throw refuse(notPublic(host));
  return url.href;
}

/** Without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

export const notPublic = (address: string): string =>
  `the address ${address} is not a public one, nor in a network of WEBHOOK_ALLOW_PRIVATE.`;
