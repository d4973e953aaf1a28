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
 * For one attempt, up to the head of its answer; the SDK makes three. The snapshot that a report is read from is idle
 * meanwhile, and PostgreSQL ends it after 60 s.
 */
const ANSWER_MS = 15_000;
/** Less than /readyz waits for a check, so that it can say what is wrong. */
const CHECK_MS = 2_500;
/** Every download holds one, for as long as its client takes. */
const MAX_SOCKETS = 500;

/** The least that S3 takes. With two parts under way, an upload holds some 15 MB. */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
/**
 * One request each: the SDK no longer sends the Content-MD5 that several servers want with a DeleteObjects of many keys, and
 * Google's has none.
 */
const REMOVED_AT_ONCE = 16;

/**
 * A storage in a bucket of S3, or of a server that speaks it. Endpoint, region, credentials and retries are what the AWS SDK
 * reads by itself, from AWS_* variables and its files: people know these, and there are more ways to credentials than
 * settings of ours could name.
 */
export class S3Storage extends Storage {
  private constructor(
    private readonly client: S3Client,
    private readonly at: S3Place,
    /** Of AWS_ENDPOINT_URL_S3 and the like; undefined: AWS's own. */
    private readonly endpoint: string | undefined,
  ) {
    super();
  }

  /** Asks the server for nothing yet. */
  static async open(at: S3Place): Promise<S3Storage> {
    const probe = new S3Client({});
    const endpoint = await probe.config.serviceConfiguredEndpoint?.();
    probe.destroy();
    const client = new S3Client({
      // Without names in DNS for each bucket, which only AWS and few others have.
      forcePathStyle: at.pathStyle ?? endpoint !== undefined,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: ANSWER_MS,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: MAX_SOCKETS },
        httpsAgent: { maxSockets: MAX_SOCKETS },
      },
    });
    const readAnswer = { name: 'refuseWebPage', step: 'deserialize', priority: 'low' } as const;
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        refuseWebPage(result.response as HttpAnswer);
        return result;
      },
      readAnswer,
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
    // One that fails in the middle is aborted, and its parts are gone with it.
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
      throw own ? own.reason : this.failed(`could not take ${key}`, error);
    } finally {
      stream.destroy();
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const what = `could not give ${key}`;
    const abortSignal = currentRequest()?.abort.signal;
    try {
      const command = new GetObjectCommand({ ...this.object(key), Range });
      const { Body } = await this.client.send(command, abortSignal && { abortSignal });
      return watched(Body as Readable, ANSWER_MS, (error) => this.failed(what, error));
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
      // Uploads of a process that was killed. An object that is kept is complete, and needs none.
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
        // The answer to HEAD has no body that says why; that to this, which is dearer, does.
        return this.client.send(new ListObjectsV2Command({ ...bucket, MaxKeys: 1 }), { abortSignal });
      });
    } catch (error) {
      throw this.failed('cannot be used', error);
    }
  }

  private async removeObjects(paths: readonly string[]): Promise<void> {
    for (let i = 0; i < paths.length; i += REMOVED_AT_ONCE) {
      const some = paths.slice(i, i + REMOVED_AT_ONCE);
      await Promise.all(some.map((Key) => this.client.send(new DeleteObjectCommand({ Bucket: this.at.bucket, Key }))));
    }
  }

  /** The multipart uploads that have begun and not ended. */
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

  /** @param what the storage did not do */
  private failed(what: string, error: unknown): unknown {
    return unavailable(`The storage ${this.place} ${what}`, error, this.at.bucket);
  }
}

/**
 * Sign-in pages of networks, and proxies, may answer any request with 200 and a page: without this an upload would seem to be done.
 * Google's storage calls its empty answers HTML too.
 */
function refuseWebPage({ statusCode, headers, body }: HttpAnswer): void {
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '') && headers['content-length'] !== '0';
  if (statusCode !== 200 || !isPage) return;
  body?.destroy?.();
  throw webPage(statusCode);
}

/** What of an answer is looked at. */
interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly destroy?: () => void };
}

/** Without a user and a password that somebody may have put there. */
function hostOf(endpoint: string): string {
  return /^https?:/.test(endpoint) && URL.canParse(endpoint) ? new URL(endpoint).origin : 'an endpoint that is no URL';
}
