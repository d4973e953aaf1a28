import { isIP } from 'node:net';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import { isAllowedAddress } from './webhook-address.js';

/** The settings that restrict webhooks. */
export interface WebhookRules {
  readonly webhookSecret: string | undefined;
  readonly webhookNetworks: readonly string[];
  readonly webhookHttp: boolean;
}

const MAX_LENGTH = 2_000;
const FIELD = 'webhook.url';

/**
 * The URL of `{ url }`; undefined: no webhook. The addresses of a host name are checked on delivery.
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
    const remedy = 'set WEBHOOK_SECRET to enable them';
    throw invalidArgument('webhook', `webhook: webhooks are disabled on this server; ${remedy}.`);
  }
  return readUrl(fields.url, rules);
}

function readUrl(text: unknown, { webhookNetworks, webhookHttp }: WebhookRules): string {
  const url = typeof text === 'string' && text.length <= MAX_LENGTH ? URL.parse(text) : null;
  // The value is not repeated: a URL may contain secrets.
  if (!url) throw invalidArgument(FIELD, `${FIELD} must be a URL of up to ${MAX_LENGTH} characters.`);
  const refuse = (problem: string): Error => invalidArgument(FIELD, `${FIELD}${problem}`);
  if (url.protocol !== 'https:' && !(webhookHttp && url.protocol === 'http:')) {
    const schemes = webhookHttp ? 'https:// or http://' : 'https:// (WEBHOOK_ALLOW_HTTP also allows http://)';
    throw refuse(` must begin with ${schemes}, got ${quoteValue(`${url.protocol}//`)}.`);
  }
  if (url.username !== '' || url.password !== '')
    throw refuse(' must not contain a user or password; receivers verify the signature instead.');
  const host = hostOf(url);
  if (isIP(host) && !isAllowedAddress(host, webhookNetworks)) throw refuse(`: ${notPublic(host)}`);
  return url.href;
}

/** The host, without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

export const notPublic = (address: string): string =>
  `the address ${address} is neither public nor in WEBHOOK_ALLOW_PRIVATE.`;
