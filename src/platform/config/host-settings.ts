import { z } from 'zod';
import { canonicalHost } from './host.js';

/** `::1` and `[::1]`, as URLs write it, are the same. */
const withoutBrackets = (text: string): string => text.trim().replace(/^\[(.*:.*)\]$/, '$1');

/** An address or a name to listen on. */
export const listenHost = z
  .string()
  .transform(withoutBrackets)
  .refine((host) => canonicalHost(host) !== undefined, 'must be an address or a host name, such as 127.0.0.1 or [::1]')
  .default('127.0.0.1');

/** `storewatch.example,192.168.1.5` */
const hosts = z.string().transform((text, context) => {
  const canonical = text.split(',').map((host) => canonicalHost(withoutBrackets(host)));
  if (canonical.every((host) => host !== undefined)) return canonical;
  const message = 'must be host names or addresses without ports, such as storewatch.example,192.168.1.5';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** `https://example.com/storewatch/`; the output has no slash at its end. */
const publicUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  const isPlain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
  const message = 'must be a URL without user, query and fragment, such as https://example.com/storewatch/';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Where the server is found. */
export const publicAddress = {
  PUBLIC_URL: publicUrl
    .optional()
    .describe(
      'Address at which clients reach REST and the page, such as `https://example.com/storewatch/` behind a proxy; the proxy strips the path. Used in `Location` headers, the OpenAPI document and webhooks. Its host is allowed, as by ALLOWED_HOSTS.',
    ),
  ALLOWED_HOSTS: hosts
    .optional()
    .describe(
      'Further host names and addresses, comma-separated and without ports, that a `Host` header may have while API keys are off. Loopback is always allowed.',
    ),
};
