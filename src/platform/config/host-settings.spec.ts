import { describe, expect, it } from '@jest/globals';
import { Settings } from './settings.js';

describe('a host to listen on', () => {
  it.each(['HTTP_HOST', 'GRPC_HOST', 'HEALTH_HOST'])('may be an IPv6 address with or without brackets: %s', (name) => {
    for (const host of ['::1', '[::1]', ' [::1] ']) {
      const settings = Settings.from({ [name]: host, HEALTH_PORT: '0' });
      expect([settings.httpHost, settings.grpcHost, settings.healthHost]).toContain('::1');
      expect(settings.apiKeys).toBe(false);
    }
    expect(Settings.from({ [name]: '[::]', HEALTH_PORT: '0' }).apiKeys).toBe(true);
  });

  it.each([
    ['::ffff:127.0.0.1', false],
    ['[::ffff:127.0.0.1]', false],
    ['::ffff:10.0.0.1', true],
    ['localhost.', false],
    ['127.1', true],
    ['0.0.0.0', true],
  ])('%s needs keys: %s', (host, apiKeys) => {
    expect(Settings.from({ HTTP_HOST: host }).apiKeys).toBe(apiKeys);
  });

  it.each(['http://127.0.0.1', '127.0.0.1:3000', '[::1]:3000', '[localhost]', 'a b'])('is not %s', (host) => {
    expect(() => Settings.from({ HTTP_HOST: host })).toThrow(
      `HTTP_HOST is "${host}": must be an address or a host name, such as 127.0.0.1 or [::1]`,
    );
  });
});

describe('ALLOWED_HOSTS', () => {
  it('is a list of names and addresses', () => {
    const { allowedHosts } = Settings.from({ ALLOWED_HOSTS: 'Storewatch.Example, api, [2001:db8::0:1],192.168.1.5' });
    expect(allowedHosts).toEqual(['storewatch.example', 'api', '2001:db8::1', '192.168.1.5']);
    expect(Settings.from({}).allowedHosts).toEqual([]);
  });

  it.each(['storewatch.example:3000', 'http://storewatch.example', '*', '*.example', 'a,,b', '10.0.0.0/8'])(
    'is not %s',
    (hosts) => {
      expect(() => Settings.from({ ALLOWED_HOSTS: hosts })).toThrow(
        `ALLOWED_HOSTS is "${hosts}": must be host names or addresses without ports, such as storewatch.example,192.168.1.5`,
      );
    },
  );
});

describe('PUBLIC_URL', () => {
  it.each([
    ['https://example.com', 'https://example.com'],
    ['https://Example.com/', 'https://example.com'],
    ['https://example.com/storewatch/', 'https://example.com/storewatch'],
    ['http://[::1]:8080/a/b', 'http://[::1]:8080/a/b'],
  ])('%s begins links with %s', (text, base) => {
    const settings = Settings.from({ PUBLIC_URL: text });
    expect(settings.publicUrl).toBe(base);
    expect(settings.linkTo('/v1/reports/x')).toBe(`${base}/v1/reports/x`);
  });

  it('is unset by default: links are paths', () => {
    expect(Settings.from({}).linkTo('/v1/reports/x')).toBe('/v1/reports/x');
  });

  it.each([
    'example.com',
    '/storewatch',
    'ftp://example.com',
    'https://u:p@example.com',
    'https://example.com/?a',
    'https://example.com/#a',
  ])('is not %s', (url) => {
    expect(() => Settings.from({ PUBLIC_URL: url })).toThrow(/^Invalid settings\. PUBLIC_URL.* must be a URL without/);
  });
});
