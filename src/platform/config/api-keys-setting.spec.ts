import { describe, expect, it } from '@jest/globals';
import { Settings } from './settings.js';

describe('API keys', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost', 'LOCALHOST'])('are not needed on %s', (host) => {
    expect(Settings.from({ HTTP_HOST: host, GRPC_HOST: host }).apiKeys).toBe(false);
  });

  it.each(['0.0.0.0', '::', '192.168.1.4', '128.0.0.1', 'fe80::1', 'storewatch.example', '127.0.0.1.example'])(
    'are needed as soon as one port is on %s',
    (host) => {
      expect(Settings.from({ HTTP_HOST: host }).apiKeys).toBe(true);
      expect(Settings.from({ GRPC_HOST: host }).apiKeys).toBe(true);
    },
  );

  it('are required or not as configured', () => {
    expect(Settings.from({ API_KEYS: 'on' }).apiKeys).toBe(true);
    expect(Settings.from({ API_KEYS: 'off', HTTP_HOST: '0.0.0.0' }).apiKeys).toBe(false);
    expect(() => Settings.from({ API_KEYS: 'yes' })).toThrow('API_KEYS is "yes": ');
  });
});

describe('TLS', () => {
  it.each([
    ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
    ['TLS_KEY_FILE', 'TLS_CERT_FILE'],
    ['TLS_CLIENT_CA_FILE', 'TLS_CERT_FILE'],
  ])('takes %s only with %s', (name, other) => {
    expect(() => Settings.from({ [name]: '/some.pem' })).toThrow(`${name} is "/some.pem": needs ${other} too.`);
  });
});
