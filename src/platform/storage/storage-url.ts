import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoteValue } from '#libs/errors.js';

/** Where reports are stored. A plain object, so that it can be sent to a thread. */
export type StoragePlace = FilePlace | S3Place;

export interface FilePlace {
  readonly kind: 'file';
  readonly folder: string;
}

export interface S3Place {
  readonly kind: 's3';
  readonly bucket: string;
  /** Prefix of every key, without leading and trailing slashes; empty for none. */
  readonly prefix: string;
  /**
   * Whether the bucket is in the path of requests (true) or in the host name (false). Undefined: in the path if an
   * endpoint is configured.
   */
  readonly pathStyle: boolean | undefined;
}

const FORMS = 'file:///path or s3://bucket/prefix';
const S3_URL = /^s3:\/\/([^/?#]*)\/?([^?#]*)(?:\?([^#]*))?$/;
/** AWS's rule for new buckets is stricter, but older buckets and other servers allow these names. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
/** The characters that AWS calls safe in a key, and `=`. Not `.` and `..`, which clients resolve. */
const NAME_IN_PREFIX = /^(?!\.{1,2}$)[A-Za-z0-9!_.*'()=-]+$/;

/** Parses STORAGE_URL. @throws Error whose message contains nothing that may be secret */
export function parseStorageUrl(text: string): StoragePlace {
  if (/^[a-z0-9]+:\/\/[^/]*@/i.test(text)) {
    throw new Error(
      'it contains a user or a password; leave them out: credentials are read from AWS_ACCESS_KEY_ID and the like',
    );
  }
  if (text.startsWith('s3://')) return s3Place(text);
  if (text.startsWith('file:')) return filePlace(text);
  throw new Error(`${quoteValue(withoutQuery(text))} must be ${FORMS}`);
}

function filePlace(text: string): FilePlace {
  const it = quoteValue(withoutQuery(text));
  if (!text.startsWith('file:///')) throw new Error(`${it} must be file:/// and an absolute path, with three slashes`);
  if (/[?#]/.test(text)) throw new Error(`${it} has a ? or # in its path: write %3F or %23`);
  let folder: string;
  try {
    folder = fileURLToPath(text);
  } catch (error) {
    throw new Error(`${it} is not a valid path on this system (${(error as Error).message})`, { cause: error });
  }
  if (!isAbsolute(folder) || folder === '/') throw new Error(`${it} must name a folder`);
  return { kind: 'file', folder: folder.replace(/\/+$/, '') };
}

function s3Place(text: string): S3Place {
  const it = quoteValue(withoutQuery(text));
  const [, bucket = '', path = '', query = ''] = S3_URL.exec(text) ?? [];
  if (!BUCKET.test(bucket)) {
    throw new Error(
      `${it}: ${quoteValue(bucket)} is not a valid bucket name: write 3 to 255 letters, digits, dots, - and _`,
    );
  }
  const prefix = path.replace(/\/$/, '');
  if (prefix !== '' && !prefix.split('/').every((name) => NAME_IN_PREFIX.test(name))) {
    throw new Error(
      `${it}: the prefix ${quoteValue(prefix)} must be names of letters, digits and !-_.*'()= with single slashes between them`,
    );
  }
  return { kind: 's3', bucket, prefix, pathStyle: pathStyle(it, new URLSearchParams(query)) };
}

function pathStyle(it: string, query: URLSearchParams): boolean | undefined {
  for (const name of query.keys()) {
    if (name === 'path_style') continue;
    throw new Error(
      `${it} has the unknown option ${quoteValue(name)}: the only option is path_style; endpoint, region and credentials are read from ` +
        'AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID and the like',
    );
  }
  const value = query.get('path_style');
  if (value === null) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new Error(`${it} has an invalid path_style: it must be true or false, got ${quoteValue(value)}`);
}

/** The query may contain a secret. */
const withoutQuery = (text: string): string => text.replace(/[?#].*$/s, '');
