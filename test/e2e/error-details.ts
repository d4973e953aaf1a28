import type { ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo } from 'nice-grpc-error-details/lib/proto/google/rpc/error_details.js';
import { Status } from 'nice-grpc-error-details/lib/proto/google/rpc/status.js';

/** What a client reads from the trailer of an error. */
export interface Details {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  readonly domain: string;
  readonly violations?: readonly { field: string; description: string }[];
  readonly retrySeconds?: number | undefined;
}

/** Decodes `grpc-status-details-bin`. @throws if it is missing or has a detail of an unknown type */
export function detailsOf(error: ServiceError): Details {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const { code, message, details } = Status.decode(bytes as Buffer);
  let found: Partial<Details> = {};
  for (const { typeUrl, value } of details) {
    switch (typeUrl) {
      case 'type.googleapis.com/google.rpc.ErrorInfo': {
        const { reason, domain } = ErrorInfo.decode(value);
        found = { ...found, reason, domain };
        break;
      }
      case 'type.googleapis.com/google.rpc.BadRequest': {
        const violations = BadRequest.decode(value).fieldViolations.map(({ field, description }) => ({
          field,
          description,
        }));
        found = { ...found, violations };
        break;
      }
      case 'type.googleapis.com/google.rpc.RetryInfo':
        found = { ...found, retrySeconds: RetryInfo.decode(value).retryDelay?.seconds };
        break;
      default:
        throw new Error(`Unknown detail: ${typeUrl}`);
    }
  }
  return { code, message, reason: '', domain: '', ...found };
}
