import ipaddr from 'ipaddr.js';

/** The only IPv6 range with public addresses. https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether a webhook may be sent to an address: a public one, or one in an allowed network. Everything else is refused:
 * private, loopback, link-local, shared, multicast, unique-local, reserved. An IPv4-mapped IPv6 address counts as its
 * IPv4 address.
 */
export function isAllowedAddress(text: string, allowed: readonly string[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (allowed.some((network) => isIn(address, network))) return true;
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST);
}

function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, cidr: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return network.kind() === address.kind() && address.match(network, bits);
}
