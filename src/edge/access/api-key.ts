import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `sw_ID_SECRET`: the id may be shown and logged, the secret is with the client alone. */
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

/** The two parts of a key, or undefined for what has not its form. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/**
 * What is kept of a secret. One SHA-256 is enough: slow hashes (bcrypt, argon2) are there for passwords, of which people
 * choose few. Of 256 random bits nobody tries out a noticeable part, however fast.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** In a time that does not depend on where the hashes differ. */
export const isSecretOf = (secret: string, hash: Uint8Array): boolean => timingSafeEqual(hashSecret(secret), hash);
