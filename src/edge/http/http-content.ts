import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { DomainError, quoteValue } from '#libs/errors.js';
import { errorCode } from '../../platform/database/sql.js';
import type { ByteRange } from '../../platform/storage/storage.js';

/** An immutable file to serve over HTTP. */
export interface Content {
  readonly contentType: string;
  readonly fileName: string;
  readonly modifiedAt: Date;
  readonly sizeBytes: number | null;
  /** In hex. Null: unknown, so the file has no ETag. */
  readonly sha256: string | null;
  readonly open: (range?: ByteRange) => Promise<Readable>;
}

/**
 * Answers GET or HEAD with a file, as RFC 9110 requires: gzip by content negotiation (12.5.3), preconditions in order (13.2.2), a
 * single range (14.2). Adds its digest (RFC 9530).
 *
 * The file itself has a strong ETag, its hash. Compressed on the fly it is another representation: its ETag is weak (8.8.1), because
 * the bytes depend on the version of zlib and the processor, and ranges of it are not served.
 * @throws DomainError precondition_failed, out_of_range, and the errors of `open`
 */
export async function sendContent(request: Request, response: Response, content: Content): Promise<void> {
  const { sha256, sizeBytes } = content;
  // If neither is acceptable, the file is sent uncompressed (12.4.1).
  const isGzip = request.acceptsEncodings('gzip', 'identity') === 'gzip';
  const etag = sha256 === null ? undefined : isGzip ? `W/"${sha256}-gzip"` : `"${sha256}"`;
  const lastModified = content.modifiedAt.toUTCString();

  // 15.4.5: a 304 must have these too.
  response.setHeader('Cache-Control', 'private, no-cache');
  response.vary('Accept-Encoding');
  checkUnchanged(request, etag, lastModified);
  const validators = { 'Last-Modified': lastModified, ...(etag !== undefined && { ETag: etag }) };
  response.set(validators);
  if (request.fresh) {
    response.status(304).end();
    return;
  }

  // 14.2: ranges are defined for GET only.
  const mayBePart = request.method === 'GET' && !isGzip && sizeBytes !== null;
  const range = mayBePart && isRangeWanted(request, etag, lastModified) ? readRange(request, sizeBytes) : undefined;
  if (range === 'none') {
    removeHeaders(response, validators);
    response.set('Content-Range', `bytes */${sizeBytes}`);
    throw new DomainError(
      'out_of_range',
      `Range must start within the file's ${sizeBytes} bytes, got ${quoteValue(request.headers.range)}.`,
      { field: 'Range' },
    );
  }
  const stream =
    request.method === 'HEAD'
      ? undefined
      : await content.open(range).catch((error: unknown) => {
          removeHeaders(response, validators); // they do not apply to the error response
          throw error;
        });

  response.set({
    'Content-Type': content.contentType,
    'Content-Disposition': `attachment; filename="${content.fileName}"`,
    'Accept-Ranges': isGzip || sizeBytes === null ? 'none' : 'bytes',
  });
  if (isGzip) response.set('Content-Encoding', 'gzip');
  else if (sizeBytes !== null) response.set('Content-Length', String(range ? range.end - range.start + 1 : sizeBytes));
  // RFC 9530, 3: the digest of the whole representation, even for a range. For gzip it is not known in advance.
  if (!isGzip && sha256 !== null) {
    response.set('Repr-Digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);
  }
  if (range) response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${sizeBytes}`);
  if (stream) await send(stream, response, isGzip);
  else response.end();
}

/** If-Match (13.1.1), or else If-Unmodified-Since (13.1.4). */
function checkUnchanged(request: Request, etag: string | undefined, lastModified: string): void {
  const match = request.headers['if-match'];
  const since = Date.parse(request.headers['if-unmodified-since'] ?? '');
  const isUnchanged =
    match === undefined
      ? Number.isNaN(since) || Date.parse(lastModified) <= since
      : match.trim() === '*' || match.split(',').some((tag) => isStrong(etag) && tag.trim() === etag);
  if (isUnchanged) return;
  const name = match === undefined ? 'If-Unmodified-Since' : 'If-Match';
  throw new DomainError('precondition_failed', `The file does not match ${name}.`, { field: name });
}

/** If-Range (13.1.5). The date counts as a strong validator (8.8.2.2), because the file never changes. */
function isRangeWanted(request: Request, etag: string | undefined, lastModified: string): boolean {
  const value = request.headers['if-range'];
  if (value === undefined) return true;
  if (Array.isArray(value)) return false;
  return /^(W\/)?"/.test(value) ? isStrong(etag) && value === etag : value === lastModified;
}

const isStrong = (etag: string | undefined): boolean => etag?.startsWith('"') ?? false;

const ONE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * Parses a single range (14.1.2). Several ranges, other units and invalid ranges are ignored, as 14.2 allows: the response is the
 * whole file.
 * @returns none: the file has no such bytes
 */
function readRange(request: Request, size: number): ByteRange | 'none' | undefined {
  const [, first = '', last = ''] = ONE_RANGE.exec(request.headers.range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Number(last);
    if (length === 0) return 'none';
    return size === 0 ? undefined : { start: Math.max(0, size - length), end: size - 1 };
  }
  const [start, end] = [Number(first), last === '' ? Infinity : Number(last)];
  if (end < start) return undefined;
  return start < size ? { start, end: Math.min(end, size - 1) } : 'none';
}

/** Sends the file with backpressure. */
async function send(stream: Readable, response: Response, isGzip: boolean): Promise<void> {
  try {
    if (isGzip) await pipeline(stream, createGzip(), response);
    else await pipeline(stream, response);
  } catch (error) {
    // The client disconnected, which is not an error.
    if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function removeHeaders(response: Response, headers: object): void {
  for (const name of Object.keys(headers)) response.removeHeader(name);
}
