import { describe, expect, it } from '@jest/globals';
import { formatApiKey, hashSecret, isSecretOf, newApiKey, parseApiKey } from './api-key.js';

describe('an API key', () => {
  const key = newApiKey();
  const text = formatApiKey(key);

  it('consists of sw_, an id that may be shown, and a secret of 256 bits', () => {
    expect(text).toMatch(/^sw_[0-9a-f]{12}_[\w-]{43}$/);
    expect(Buffer.from(key.secret, 'base64url')).toHaveLength(32);
    expect(parseApiKey(text)).toEqual(key);
    expect(newApiKey()).not.toEqual(key);
  });

  it.each([
    ['nothing', ''],
    ['the secret alone', key.secret],
    ['the id alone', `sw_${key.id}_`],
    ['a longer text', `${text}A`],
    ['a shorter text', text.slice(0, -1)],
    ['a line break after it', `${text}\n`],
    ['another prefix', text.replace('sw_', 'sk_')],
    ['capitals in the id', `sw_${'A'.repeat(12)}_${key.secret}`],
  ])('does not parse from %s', (_, other) => {
    expect(parseApiKey(other)).toBeUndefined();
  });

  it('matches the hash of its own secret only', () => {
    const hash = hashSecret(key.secret);
    expect(hash).toHaveLength(32);
    expect(hash.toString('latin1')).not.toContain(key.secret);
    expect(isSecretOf(key.secret, hash)).toBe(true);
    for (let index = 0; index < key.secret.length; index++) {
      const other = key.secret[index] === 'A' ? 'B' : 'A';
      expect(isSecretOf(key.secret.slice(0, index) + other + key.secret.slice(index + 1), hash)).toBe(false);
    }
  });
});
