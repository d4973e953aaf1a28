import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `sw_ID_SECRET`. The id may be shown and logged; only the client has the secret. */
export interface ApiKeyText {
  readonly id: string;
  readonly secret: string;
}

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const FORM = /^sw_([0-9a-f]{12})_([\w-]{43})$/;

export const newApiKey = (): ApiKeyText => ({
  id: randomBytes(ID_BYTES).toString('hex'),
  secret: randomBytes(SECRET_BYTES).toString('base64url'),
});

export const formatApiKey = ({ id, secret }: ApiKeyText): string => `sw_${id}_${secret}`;

/** The two parts of a key, or undefined if the text is not a key. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/**
 * The stored form of a secret. One SHA-256 is enough: slow hashes (bcrypt, argon2) protect passwords, which can be guessed.
 * 256 random bits cannot, however fast the hash.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Compares in constant time. */
export const isSecretOf = (secret: string, hash: Uint8Array): boolean => timingSafeEqual(hashSecret(secret), hash);
