import { DomainError, quoteValue } from '#libs/errors.js';

/** Media types that programs use for a CSV, plain or gzip. Windows registers .csv as application/vnd.ms-excel. */
const FILE_TYPES = new Set([
  'text/csv',
  'application/csv',
  'text/tab-separated-values',
  'application/vnd.ms-excel',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream',
]);

/**
 * A body without a type is accepted, since `curl -T` sends none. The types that a form on any web page can send
 * (text/plain, application/x-www-form-urlencoded, multipart/form-data) are refused.
 * @throws DomainError unsupported
 */
export function checkFileType(contentType: string | undefined): void {
  const type = contentType?.split(';', 1)[0].trim().toLowerCase() ?? '';
  if (type === '' || FILE_TYPES.has(type)) return;
  throw new DomainError(
    'unsupported',
    `Content-Type must be text/csv, got ${quoteValue(contentType)}; send the file itself as text/csv, even when it is gzip.`,
  );
}
