import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { NestApplicationOptions } from '@nestjs/common';
import { DomainError, quoteValue } from '#libs/errors.js';
import type { Settings } from '../config/settings.js';

/** The same certificate for both servers. */
export interface Tls {
  readonly https: NonNullable<NestApplicationOptions['httpsOptions']>;
  readonly grpc: ServerCredentials;
}

/**
 * The files that the settings name, or undefined where they name none. They are read once, at start.
 * @throws DomainError invalid_argument that names the setting and what is wrong with its file
 */
export function readTls({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Settings): Tls | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  const cert = read('TLS_CERT_FILE', tlsCertFile);
  const key = read('TLS_KEY_FILE', tlsKeyFile);
  const clientCa = tlsClientCaFile === undefined ? undefined : read('TLS_CLIENT_CA_FILE', tlsClientCaFile);

  const certificate = parsed('TLS_CERT_FILE', tlsCertFile, 'certificate in PEM', () => new X509Certificate(cert));
  const form = 'private key in PEM that can be read without a passphrase';
  const privateKey = parsed('TLS_KEY_FILE', tlsKeyFile, form, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw unusable('TLS_KEY_FILE', tlsKeyFile, 'is not the key of the certificate in TLS_CERT_FILE');
  }
  if (clientCa !== undefined) {
    parsed('TLS_CLIENT_CA_FILE', tlsClientCaFile!, 'certificates in PEM', () => new X509Certificate(clientCa));
  }

  const isMutual = clientCa !== undefined;
  // Node's own minimum unless its options lower it; grpc-js has no setting for it.
  tls.DEFAULT_MIN_VERSION = 'TLSv1.2';
  return {
    https: { cert, key, requestCert: isMutual, ...(isMutual && { ca: clientCa }) },
    grpc: ServerCredentials.createSsl(clientCa ?? null, [{ cert_chain: cert, private_key: key }], isMutual),
  };
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
    throw unusable(setting, path, `holds no ${form}`, error);
  }
}

const unusable = (setting: string, path: string, what: string, cause?: unknown): DomainError =>
  new DomainError('invalid_argument', `${setting} is ${quoteValue(path, 300)}: the file ${what}.`, undefined, {
    cause,
  });
