import { describe, expect, it } from '@jest/globals';
import { formatApiKey, hashSecret, isSecretOf, newApiKey, parseApiKey } from './api-key.js';

describe('an API key', () => {
  const key = newApiKey();
  const text = formatApiKey(key);

  it('is sw_, an id to be shown, and a secret of 256 bits', () => {
    expect(text).toMatch(/^sw_[0-9a-f]{12}_[\w-]{43}$/);
    expect(Buffer.from(key.secret, 'base64url')).toHaveLength(32);
    expect(parseApiKey(text)).toEqual(key);
    expect(newApiKey()).not.toEqual(key);
  });

  it.each([
    ['nothing', ''],
    ['the secret alone', key.secret],
    ['the id alone', `sw_${key.id}_`],
    ['more', `${text}A`],
    ['less', text.slice(0, -1)],
    ['a line break after it', `${text}\n`],
    ['another prefix', text.replace('sw_', 'sk_')],
    ['capitals in the id', `sw_${'A'.repeat(12)}_${key.secret}`],
  ])('is not %s', (_, other) => {
    expect(parseApiKey(other)).toBeUndefined();
  });

  it('is known by the hash of its secret, and of no other', () => {
    const hash = hashSecret(key.secret);
    expect(hash).toHaveLength(32);
    expect(hash.toString('latin1')).not.toContain(key.secret);
    expect(isSecretOf(key.secret, hash)).toBe(true);
    for (let place = 0; place < key.secret.length; place++) {
      const other = key.secret[place] === 'A' ? 'B' : 'A';
      expect(isSecretOf(key.secret.slice(0, place) + other + key.secret.slice(place + 1), hash)).toBe(false);
    }
  });
});
