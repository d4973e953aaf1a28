import tls from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { NestApplicationOptions } from '@nestjs/common';
import { readCertificates, readKeyPair } from '../../platform/tls/pem.js';
import type { Settings } from '../../platform/config/settings.js';

/** TLS options of both servers, with the same certificate. */
export interface Tls {
  readonly https: NonNullable<NestApplicationOptions['httpsOptions']>;
  readonly grpc: ServerCredentials;
}

/**
 * Reads the files in the settings once, at startup. Undefined if TLS is not configured.
 * @throws DomainError invalid_argument with the setting and what is wrong with its file
 */
export function readTls({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Settings): Tls | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  const clientCa = tlsClientCaFile === undefined ? undefined : readCertificates('TLS_CLIENT_CA_FILE', tlsClientCaFile);
  const { cert, key } = readKeyPair(
    { cert: 'TLS_CERT_FILE', key: 'TLS_KEY_FILE' },
    { cert: tlsCertFile, key: tlsKeyFile },
  );
  const isMutual = clientCa !== undefined;
  // This is Node's default, but its command-line options can lower it. grpc-js has no option for it.
  tls.DEFAULT_MIN_VERSION = 'TLSv1.2';
  return {
    https: { cert, key, requestCert: isMutual, ...(isMutual && { ca: clientCa }) },
    grpc: ServerCredentials.createSsl(clientCa ?? null, [{ cert_chain: cert, private_key: key }], isMutual),
  };
}
