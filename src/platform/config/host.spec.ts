import { describe, expect, it } from '@jest/globals';
import { canonicalHost, hostOfAuthority, isLoopback, isWildcard } from './host.js';

describe('a host', () => {
  it.each([
    ['localhost', 'localhost'],
    ['LocalHost', 'localhost'],
    ['localhost.', 'localhost'],
    ['Storewatch.Example', 'storewatch.example'],
    ['api_1', 'api_1'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:7f00:1', '127.0.0.1'],
  ])('%s is compared as %s', (text, canonical) => {
    expect(canonicalHost(text)).toBe(canonical);
  });

  it.each(['', '.', 'a..b', '-a', 'a b', 'a/b', 'user@host', 'a:1', '[::1]', 'café', 'a%2eb', ':::', 'x'.repeat(64)])(
    'is not %j',
    (text) => {
      expect(canonicalHost(text)).toBeUndefined();
    },
  );
});

describe('the host of an authority', () => {
  it.each([
    ['localhost', 'localhost'],
    ['localhost:', 'localhost'],
    ['LOCALHOST:3000', 'localhost'],
    ['localhost.:3000', 'localhost'],
    ['127.0.0.1:65535', '127.0.0.1'],
    ['[::1]', '::1'],
    ['[::1]:3000', '::1'],
    ['[0:0::1]:3000', '::1'],
    ['[::ffff:127.0.0.1]:80', '127.0.0.1'],
  ])('%s is %s', (authority, host) => {
    expect(hostOfAuthority(authority)).toBe(host);
  });

  it.each([
    '',
    ':3000',
    '::1',
    '[::1',
    '[127.0.0.1]:3000',
    '[localhost]',
    '[::1%lo]:3000',
    'localhost:65536',
    'localhost:port',
    'localhost:3000:3000',
    'localhost@evil.test',
    'localhost/x',
    'localhost,evil.test',
    'localhost evil.test',
    'http://localhost',
  ])('is malformed in %j', (authority) => {
    expect(hostOfAuthority(authority)).toBeUndefined();
  });
});

describe('loopback', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1',
    '127.0.0.1.',
    '127.255.1.2',
    '::1',
    '::ffff:127.0.0.1',
  ])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    'localhost.evil.test',
    'evil.localhost',
    'localhost.localdomain',
    '127.0.0.1.nip.io',
    '127.0.0.1.evil.test',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '::ffff:192.168.1.4',
    'fe80::1',
  ])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

it.each([
  ['0.0.0.0', true],
  ['::', true],
  ['0:0:0:0:0:0:0:0', true],
  ['127.0.0.1', false],
  ['localhost', false],
])('%s as every address of the machine: %s', (host, expected) => {
  expect(isWildcard(host)).toBe(expected);
});
