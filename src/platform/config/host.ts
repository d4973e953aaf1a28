import ipaddr from 'ipaddr.js';

/** A host name as DNS and URLs have it; underscores are in names of containers. */
const NAME = /^(?=.{1,253}$)(?!-)[\w-]{1,63}(?:\.[\w-]{1,63})*$/;
/** RFC 9110, 7.2: a host and perhaps a port; an IPv6 address is in brackets. */
const AUTHORITY = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{0,5}))?$/i;
const MAX_PORT = 65_535;

const isAddress = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));

/**
 * A host in the one form in which hosts are compared: a name in lower case without the dot at its end, an address in its
 * shortest form, and an IPv4 address that is mapped into IPv6 as IPv4. `127.1` and `0x7f.1` are names here, which nothing has.
 * @param text a name or an address, IPv6 without brackets
 * @returns undefined: it is neither
 */
export function canonicalHost(text: string): string | undefined {
  if (isAddress(text)) return ipaddr.process(text).toString();
  const name = text.toLowerCase().replace(/\.$/, '');
  return NAME.test(name) ? name : undefined;
}

/** The canonical host of a Host header or of another authority, `name:3000` or `[::1]:3000`; undefined: it is malformed. */
export function hostOfAuthority(authority: string): string | undefined {
  const [, ipv6, name = '', port = ''] = AUTHORITY.exec(authority) ?? [];
  if (Number(port) > MAX_PORT) return undefined;
  return ipv6 === undefined ? canonicalHost(name) : ipv6.includes(':') ? canonicalHost(ipv6) : undefined;
}

/** Whether only this machine can be meant. A name other than localhost may lead anywhere, also one that ends in .localhost. */
export function isLoopback(text: string): boolean {
  const host = canonicalHost(text);
  return host === 'localhost' || rangeOf(host) === 'loopback';
}

/** Whether it means every address of this machine: 0.0.0.0 and ::. */
export const isWildcard = (text: string): boolean => rangeOf(canonicalHost(text)) === 'unspecified';

const rangeOf = (host: string | undefined): string | undefined =>
  host !== undefined && isAddress(host) ? ipaddr.parse(host).range() : undefined;
