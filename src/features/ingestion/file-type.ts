import { DomainError, quoteValue } from '#libs/errors.js';

/** What programs call a CSV, plain or packed. The last of the CSVs is what Windows calls one. */
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
 * A body without a type is taken for a file: `curl -T` sends none. The types that a form of any web page can send (text/plain,
 * application/x-www-form-urlencoded, multipart/form-data) are not taken.
 * @throws DomainError unsupported
 */
export function checkFileType(contentType: string | undefined): void {
  const type = contentType?.split(';', 1)[0].trim().toLowerCase() ?? '';
  if (type === '' || FILE_TYPES.has(type)) return;
  throw new DomainError(
    'unsupported',
    `Content-Type ${quoteValue(contentType)} is not read; send the file itself as text/csv, also when it is gzip.`,
  );
}
