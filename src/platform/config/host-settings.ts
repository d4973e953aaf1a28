import { canonicalHost } from './host.js';
import { text } from './setting.js';

/** Accepts an IPv6 address with or without a URL's brackets: `::1` and `[::1]`. */
const withoutBrackets = (host: string): string => host.trim().replace(/^\[(.*:.*)\]$/, '$1');

/** An address or a host name to listen on. */
export const listenHost = text((given) => {
  const host = withoutBrackets(given);
  return canonicalHost(host) === undefined ? undefined : host;
}, 'must be an address or a host name, such as 127.0.0.1 or [::1]');

/** `storewatch.example,192.168.1.5` */
export const hosts = text((given): readonly string[] | undefined => {
  const canonical = given.split(',').map((host) => canonicalHost(withoutBrackets(host)));
  return canonical.every((host) => host !== undefined) ? canonical : undefined;
}, 'must be host names or addresses without ports, such as storewatch.example,192.168.1.5');

/** `https://example.com/storewatch/`; the result has no trailing slash. */
export const publicUrl = text((given) => {
  const url = URL.parse(given);
  const isPlain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  return isPlain && /^https?:$/.test(url.protocol) ? url.href.replace(/\/+$/, '') : undefined;
}, 'must be a URL without user, query and fragment, such as https://example.com/storewatch/');
