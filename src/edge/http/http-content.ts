import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { DomainError } from '#libs/errors.js';
import { errorCode } from '../../platform/database/sql.js';
import type { ByteRange } from '../../platform/storage/storage.js';

/** A file that never changes, as HTTP hands it out. */
export interface Content {
  readonly contentType: string;
  readonly fileName: string;
  readonly modifiedAt: Date;
  readonly sizeBytes: number | null;
  /** In hex; null: not known, and then it has no ETag. */
  readonly sha256: string | null;
  readonly open: (range?: ByteRange) => Promise<Readable>;
}

/**
 * Answers GET or HEAD with a file, by RFC 9110: content negotiation of gzip (12.5.3), preconditions in their order (13.2.2), one
 * range (14.2), and its digest (RFC 9530).
 *
 * The file as it is has a strong ETag, its hash. Packed on the way it is another representation: its ETag is weak (8.8.1), since
 * zlib of another version or processor writes other bytes, and no range of it is given.
 * @throws DomainError precondition_failed, out_of_range, and what opening throws
 */
export async function sendContent(request: Request, response: Response, content: Content): Promise<void> {
  const { sha256, sizeBytes } = content;
  // Where neither is acceptable, it goes as it is (12.4.1).
  const isGzip = request.acceptsEncodings('gzip', 'identity') === 'gzip';
  const etag = sha256 === null ? undefined : isGzip ? `W/"${sha256}-gzip"` : `"${sha256}"`;
  const lastModified = content.modifiedAt.toUTCString();

  // 15.4.5: these a 304 has too.
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
    forget(response, validators);
    response.set('Content-Range', `bytes */${sizeBytes}`);
    throw new DomainError('out_of_range', `The file has ${sizeBytes} bytes, and none of those asked for.`, 'Range');
  }
  const stream =
    request.method === 'HEAD'
      ? undefined
      : await content.open(range).catch((error: unknown) => {
          forget(response, validators); // they are not the error's
          throw error;
        });

  response.set({
    'Content-Type': content.contentType,
    'Content-Disposition': `attachment; filename="${content.fileName}"`,
    'Accept-Ranges': isGzip || sizeBytes === null ? 'none' : 'bytes',
  });
  if (isGzip) response.set('Content-Encoding', 'gzip');
  else if (sizeBytes !== null) response.set('Content-Length', String(range ? range.end - range.start + 1 : sizeBytes));
  // RFC 9530, 3: of the whole representation, also with a part of it; of the packed one it is not known yet.
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
  throw new DomainError('precondition_failed', `The file is not the one that ${name} names.`, name);
}

/** If-Range (13.1.5). The date may be used: the file never changes, so it did not within that second (8.8.2.2). */
function isRangeWanted(request: Request, etag: string | undefined, lastModified: string): boolean {
  const value = request.headers['if-range'];
  if (value === undefined) return true;
  if (Array.isArray(value)) return false;
  return /^(W\/)?"/.test(value) ? isStrong(etag) && value === etag : value === lastModified;
}

const isStrong = (etag: string | undefined): boolean => etag?.startsWith('"') ?? false;

const ONE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * The bytes that one range asks for (14.1.2). Several ranges, other units and what is no range are passed over, as 14.2 allows:
 * the answer is the whole.
 * @returns none: there are no such bytes
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

/** Goes as fast as the client takes it. */
async function send(stream: Readable, response: Response, isGzip: boolean): Promise<void> {
  try {
    if (isGzip) await pipeline(stream, createGzip(), response);
    else await pipeline(stream, response);
  } catch (error) {
    // The client has gone, which is nobody's error.
    if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function forget(response: Response, headers: object): void {
  for (const name of Object.keys(headers)) response.removeHeader(name);
}
