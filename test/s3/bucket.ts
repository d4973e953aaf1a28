import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { S3Storage } from '../../src/platform/storage/s3-storage.js';
import { parseStorageUrl } from '../../src/platform/storage/storage-url.js';
import type { S3Place } from '../../src/platform/storage/storage-url.js';
import type { Radosgw, S3User } from './start-radosgw.js';

const radosgw = JSON.parse(process.env['STOREWATCH_TEST_S3']!) as Radosgw;
export const { endpoint, user, stranger } = radosgw;
export const endpointPort = Number(new URL(endpoint).port);

/** The environment variables of the AWS SDK, without the machine's own configuration. */
export function awsEnvironment(
  at: string = endpoint,
  { accessKeyId, secretAccessKey }: S3User = user,
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: at,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Sets them for this process. */
export function setEnvironment(environment: Record<string, string>): void {
  Object.assign(process.env, environment);
}

/** Another client's view of a bucket: a plain AWS SDK client without the program's code. */
export class Bucket {
  private readonly client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: user,
    forcePathStyle: true,
  });

  private constructor(readonly name: string) {}

  static async create(): Promise<Bucket> {
    const bucket = new Bucket(`test-${randomUUID()}`);
    await bucket.client.send(new CreateBucketCommand({ Bucket: bucket.name }));
    return bucket;
  }

  url(prefix = ''): string {
    return `s3://${this.name}/${prefix}`;
  }

  /** A storage with the current environment of the AWS SDK. */
  async storage(prefix = ''): Promise<S3Storage> {
    return S3Storage.open(parseStorageUrl(this.url(prefix)) as S3Place);
  }

  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Contents.map(({ Key }) => Key!).sort();
  }

  async read(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return buffer(Body as Readable);
  }

  /** The keys of unfinished multipart uploads. */
  async unfinished(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    return Uploads.map(({ Key }) => Key!);
  }

  close(): void {
    this.client.destroy();
  }
}
