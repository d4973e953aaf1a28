import { describe, expect, it } from '@jest/globals';
import { Settings } from '../config/settings.js';

const storageOf = (url: string): unknown => Settings.from({ STORAGE_URL: url }).storage;
const problemOf = (url: string): string => {
  try {
    storageOf(url);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${url} is taken`);
};

describe('STORAGE_URL', () => {
  it('defaults to a folder in STOREWATCH_HOME', () => {
    expect(Settings.from({ STOREWATCH_HOME: '/data' }).storage).toEqual({ kind: 'file', folder: '/data/storage' });
  });

  it.each([
    ['file:///srv/reports', '/srv/reports'],
    ['file:///srv/reports/', '/srv/reports'],
    ['file:///srv/our%20reports%3F', '/srv/our reports?'],
  ])('%s is a folder', (url, folder) => {
    expect(storageOf(url)).toEqual({ kind: 'file', folder });
  });

  it.each([
    ['s3://reports', 'reports', '', undefined],
    ['s3://reports/', 'reports', '', undefined],
    ['s3://our.reports/a/b=1/', 'our.reports', 'a/b=1', undefined],
    ['s3://Old_Bucket/a?path_style=false', 'Old_Bucket', 'a', false],
    ['s3://reports?path_style=true', 'reports', '', true],
  ])('%s is a bucket', (url, bucket, prefix, pathStyle) => {
    expect(storageOf(url)).toEqual({ kind: 's3', bucket, prefix, pathStyle });
  });

  it.each([
    ['/srv/reports', /STORAGE_URL: "\/srv\/reports" must be file:\/\/\/path or s3:\/\/bucket\/prefix/],
    ['https://bucket.s3.amazonaws.com', /must be file:\/\/\/path or s3:\/\/bucket\/prefix/],
    ['file://host/path', /: "file:\/\/host\/path" must be file:\/\/\/ and an absolute path/],
    ['file:reports', /must be file:\/\/\/ and an absolute path/],
    ['file:///', /must name a folder/],
    ['file:///a?b', /write %3F/],
    ['file:///a%2Fb', /not a valid path on this system/],
    ['s3://', /"" is not a valid bucket name/],
    ['s3://b', /"b" is not a valid bucket name/],
    ['s3://bucket//a', /the prefix "\/a" must be names/],
    ['s3://bucket/a//b', /the prefix "a\/\/b" must be names/],
    ['s3://bucket/a/../b', /the prefix "a\/..\/b" must be names/],
    ['s3://bucket/a b', /the prefix "a b" must be names/],
    ['s3://bucket/a?path_style=yes', /has an invalid path_style: it must be true or false, got "yes"/],
    [
      's3://bucket/a?endpoint=http://x',
      /the unknown option "endpoint": the only option is path_style; .*AWS_ENDPOINT_URL_S3/,
    ],
  ])('%s is refused with what would be right', (url, problem) => {
    expect(problemOf(url)).toMatch(problem);
  });

  it.each([
    's3://AKIA:SECRET@bucket/a',
    's3://bucket?secret=SECRET',
    'x://y:SECRET@z',
    'x://y?SECRET',
    'file:///a#SECRET',
  ])('%s is refused without telling a secret', (url) => {
    expect(problemOf(url)).not.toContain('SECRET');
  });
});
