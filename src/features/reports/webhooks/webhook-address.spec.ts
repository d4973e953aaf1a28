import { describe, expect, it } from '@jest/globals';
import { isAllowedAddress } from './webhook-address.js';

describe('a webhook', () => {
  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:93.184.216.34'])(
    'may go to %s',
    (address) => {
      expect(isAllowedAddress(address, [])).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2001::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'no address',
  ])('cannot go to %s', (address) => {
    expect(isAllowedAddress(address, [])).toBe(false);
  });

  it('may go to an allowed network, in IPv4 or IPv4-mapped notation', () => {
    expect(isAllowedAddress('10.1.2.3', ['fd00::/8', '10.1.0.0/16'])).toBe(true);
    expect(isAllowedAddress('::ffff:10.1.2.3', ['10.1.0.0/16'])).toBe(true);
    expect(isAllowedAddress('10.2.0.1', ['10.1.0.0/16'])).toBe(false);
    expect(isAllowedAddress('fd00::1', ['fd00::/8'])).toBe(true);
  });
});
