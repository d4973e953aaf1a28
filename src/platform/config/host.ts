import ipaddr from 'ipaddr.js';

/** A host name as in DNS and URLs. Underscores occur in container names. */
const NAME = /^(?=.{1,253}$)(?!-)[\w-]{1,63}(?:\.[\w-]{1,63})*$/;
/** RFC 9110, 7.2: a host and an optional port. An IPv6 address is in brackets. */
const AUTHORITY = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{0,5}))?$/i;
const MAX_PORT = 65_535;

const isAddress = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));

/**
 * A host in the form used for comparison: names in lower case without a trailing dot, addresses in their shortest form,
 * and IPv4-mapped IPv6 addresses as IPv4. `127.1` and `0x7f.1` count as names, which never resolve.
 * @param text a name or an address, IPv6 without brackets
 * @returns undefined if it is neither
 */
export function canonicalHost(text: string): string | undefined {
  if (isAddress(text)) return ipaddr.process(text).toString();
  const name = text.toLowerCase().replace(/\.$/, '');
  return NAME.test(name) ? name : undefined;
}

/** The canonical host of a Host header or another authority, `name:3000` or `[::1]:3000`; undefined if malformed. */
export function hostOfAuthority(authority: string): string | undefined {
  const [, ipv6, name = '', port = ''] = AUTHORITY.exec(authority) ?? [];
  if (Number(port) > MAX_PORT) return undefined;
  return ipv6 === undefined ? canonicalHost(name) : ipv6.includes(':') ? canonicalHost(ipv6) : undefined;
}

/**
 * Whether the host is certainly this machine: localhost or a loopback address. Any other name, even one below
 * .localhost, may resolve to another machine.
 */
export function isLoopback(text: string): boolean {
  const host = canonicalHost(text);
  return host === 'localhost' || rangeOf(host) === 'loopback';
}

/** Whether the host stands for every address of this machine: 0.0.0.0 and ::. */
export const isWildcard = (text: string): boolean => rangeOf(canonicalHost(text)) === 'unspecified';

const rangeOf = (host: string | undefined): string | undefined =>
  host !== undefined && isAddress(host) ? ipaddr.parse(host).range() : undefined;
