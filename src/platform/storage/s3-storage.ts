import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type MultipartUpload,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { notFound } from '#libs/errors.js';
import { currentRequest } from '../database/request-scope.js';
import { errorName, hasNoBody, unavailable, webPage } from './s3-errors.js';
import type { S3Place } from './storage-url.js';
import { type ByteRange, type Content, type StoredObject, Storage, digested, named } from './storage.js';
import { watched } from './stall-timeout.js';

const CONNECT_MS = 5_000;
/**
 * Limit for one attempt, up to the response headers; the SDK makes three. The transaction of the report's snapshot is
 * idle meanwhile, and PostgreSQL ends it after 60 s.
 */
const RESPONSE_MS = 15_000;
/** Less than the timeout of /readyz, so that it can report the error. */
const CHECK_MS = 2_500;
/** Each download holds one for as long as the client reads. */
const MAX_SOCKETS = 500;

/** S3's minimum. With two parts in flight, an upload holds about 15 MB. */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
/**
 * Concurrent deletions, one request per object. The SDK no longer sends the Content-MD5 that several servers require
 * for DeleteObjects, and Google's does not support it.
 */
const DELETE_CONCURRENCY = 16;

/**
 * Stores objects in a bucket of S3 or a compatible server. The AWS SDK reads endpoint, region, credentials and retries
 * from AWS_* variables and its files: users know these, and there are more ways to provide credentials than settings
 * here could cover.
 */
export class S3Storage extends Storage {
  private constructor(
    private readonly client: S3Client,
    private readonly at: S3Place,
    /** From AWS_ENDPOINT_URL_S3 and similar; undefined: AWS itself. */
    private readonly endpoint: string | undefined,
  ) {
    super();
  }

  /** Sends no request yet. */
  static async open(at: S3Place): Promise<S3Storage> {
    const probe = new S3Client({});
    const endpoint = await probe.config.serviceConfiguredEndpoint?.();
    probe.destroy();
    const client = new S3Client({
      // Path style works without a DNS name per bucket, which few servers besides AWS provide.
      forcePathStyle: at.pathStyle ?? endpoint !== undefined,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: RESPONSE_MS,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: MAX_SOCKETS },
        httpsAgent: { maxSockets: MAX_SOCKETS },
      },
    });
    const readResponse = { name: 'refuseWebPage', step: 'deserialize', priority: 'low' } as const;
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        refuseWebPage(result.response as HttpResponse);
        return result;
      },
      readResponse,
    );
    return new S3Storage(client, at, endpoint);
  }

  get place(): string {
    const where = `s3://${this.at.bucket}/${this.at.prefix}`;
    return this.endpoint === undefined ? where : `${where} at ${hostOf(this.endpoint)}`;
  }

  location(key: string): string {
    return `s3://${this.at.bucket}/${this.path(key)}`;
  }

  async put(key: string, content: Content): Promise<StoredObject> {
    const { stream, stored, failure } = digested(content);
    // A failed upload is aborted, which also deletes its parts.
    const upload = new Upload({
      client: this.client,
      params: { ...this.object(key), Body: stream },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    try {
      await upload.done();
      return stored();
    } catch (error) {
      const own = failure();
      throw own ? own.reason : this.failed(`could not store ${key}`, error);
    } finally {
      stream.destroy();
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const what = `could not read ${key}`;
    const abortSignal = currentRequest()?.abort.signal;
    try {
      const command = new GetObjectCommand({ ...this.object(key), Range });
      const { Body } = await this.client.send(command, abortSignal && { abortSignal });
      return watched(Body as Readable, RESPONSE_MS, (error) => this.failed(what, error));
    } catch (error) {
      if (errorName(error) === 'NoSuchKey') throw notFound(`The file ${key} is no longer in the storage.`);
      throw this.failed(what, error);
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    try {
      await this.removeObjects(keys.map((key) => this.path(key)));
    } catch (error) {
      throw this.failed(`could not remove ${named(keys)}`, error);
    }
  }

  async removeAll(prefix: string, keep: readonly string[] = []): Promise<void> {
    const all = { Bucket: this.at.bucket, Prefix: this.path(prefix) };
    const kept = new Set(keep.map((key) => this.path(key)));
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.client }, all)) {
        await this.removeObjects(Contents.map(({ Key }) => Key!).filter((path) => !kept.has(path)));
      }
      // Leftover uploads of a killed process. An object in `keep` is complete, so it has none.
      for await (const { Key, UploadId } of this.uploads(all)) {
        await this.client.send(new AbortMultipartUploadCommand({ Bucket: all.Bucket, Key, UploadId }));
      }
    } catch (error) {
      throw this.failed(`could not remove ${prefix}*`, error);
    }
  }

  async check(): Promise<void> {
    const abortSignal = AbortSignal.timeout(CHECK_MS);
    const bucket = { Bucket: this.at.bucket };
    try {
      await this.client.send(new HeadBucketCommand(bucket), { abortSignal }).catch((error: unknown) => {
        if (abortSignal.aborted || !hasNoBody(error)) throw error;
        // A HEAD response has no body that explains the error. This request is slower, but its response does.
        return this.client.send(new ListObjectsV2Command({ ...bucket, MaxKeys: 1 }), { abortSignal });
      });
    } catch (error) {
      throw this.failed('cannot be used', error);
    }
  }

  private async removeObjects(paths: readonly string[]): Promise<void> {
    for (let i = 0; i < paths.length; i += DELETE_CONCURRENCY) {
      const batch = paths.slice(i, i + DELETE_CONCURRENCY);
      await Promise.all(batch.map((Key) => this.client.send(new DeleteObjectCommand({ Bucket: this.at.bucket, Key }))));
    }
  }

  /** The unfinished multipart uploads. */
  private async *uploads(all: { Bucket: string; Prefix: string }): AsyncGenerator<MultipartUpload> {
    let from = {};
    for (let isMore = true; isMore;) {
      const page = await this.client.send(new ListMultipartUploadsCommand({ ...all, ...from }));
      yield* page.Uploads ?? [];
      from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      isMore = page.IsTruncated ?? false;
    }
  }

  private path(key: string): string {
    return this.at.prefix === '' ? key : `${this.at.prefix}/${key}`;
  }

  private object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.at.bucket, Key: this.path(key) };
  }

  /** @param what what the storage failed to do: `could not store x` */
  private failed(what: string, error: unknown): unknown {
    return unavailable(`The storage ${this.place} ${what}`, error, this.at.bucket);
  }
}

/**
 * A proxy or a network's sign-in page may respond to any request with 200 and a page. Without this check, an upload
 * would seem to succeed. Google's storage labels its empty responses as HTML too.
 */
function refuseWebPage({ statusCode, headers, body }: HttpResponse): void {
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '') && headers['content-length'] !== '0';
  if (statusCode !== 200 || !isPage) return;
  body?.destroy?.();
  throw webPage(statusCode);
}

/** The parts of a response that are used here. */
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly destroy?: () => void };
}

/** Without a user and a password, which the URL may contain. */
function hostOf(endpoint: string): string {
  return /^https?:/.test(endpoint) && URL.canParse(endpoint)
    ? new URL(endpoint).origin
    : 'an endpoint that is not a URL';
}
