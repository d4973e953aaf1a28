import tls from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { NestApplicationOptions } from '@nestjs/common';
import { readCertificates, readKeyPair } from '../../platform/tls/pem.js';
import type { Settings } from '../../platform/config/settings.js';

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
  const clientCa = tlsClientCaFile === undefined ? undefined : readCertificates('TLS_CLIENT_CA_FILE', tlsClientCaFile);
  const { cert, key } = readKeyPair(
    { cert: 'TLS_CERT_FILE', key: 'TLS_KEY_FILE' },
    { cert: tlsCertFile, key: tlsKeyFile },
  );
  const isMutual = clientCa !== undefined;
  // Node's own minimum unless its options lower it; grpc-js has no setting for it.
  tls.DEFAULT_MIN_VERSION = 'TLSv1.2';
  return {
    https: { cert, key, requestCert: isMutual, ...(isMutual && { ca: clientCa }) },
    grpc: ServerCredentials.createSsl(clientCa ?? null, [{ cert_chain: cert, private_key: key }], isMutual),
  };
}
