import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DomainError, quoteValue } from '#libs/errors.js';

/**
 * Reads the PEM certificates that a setting names.
 * @throws DomainError invalid_argument, naming the setting and the file
 */
export function readCertificates(setting: string, path: string): Buffer {
  const pem = read(setting, path);
  parsed(setting, path, 'certificates in PEM', () => new X509Certificate(pem));
  return pem;
}

/**
 * Reads a certificate and its private key, which two settings name.
 * @throws DomainError invalid_argument, naming the setting and the file
 */
export function readKeyPair(
  settings: { readonly cert: string; readonly key: string },
  paths: { readonly cert: string; readonly key: string },
): { cert: Buffer; key: Buffer } {
  const cert = read(settings.cert, paths.cert);
  const key = read(settings.key, paths.key);
  const certificate = parsed(settings.cert, paths.cert, 'certificate in PEM', () => new X509Certificate(cert));
  const form = 'private key in PEM that can be read without a passphrase';
  const privateKey = parsed(settings.key, paths.key, form, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw unusable(settings.key, paths.key, `is not the key of the certificate in ${settings.cert}`);
  }
  return { cert, key };
}

function read(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unusable(setting, path, `cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function parsed<T>(setting: string, path: string, form: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw unusable(setting, path, `contains no ${form}`, error);
  }
}

const unusable = (setting: string, path: string, what: string, cause?: unknown): DomainError =>
  new DomainError('invalid_argument', `${setting} is ${quoteValue(path, 300)}: the file ${what}.`, { cause });
