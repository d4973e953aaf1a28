import { describe, expect, it } from '@jest/globals';
import { Settings } from './settings.js';

describe('the settings', () => {
  it('have limits by default', () => {
    expect(Settings.from({})).toMatchObject({
      maxBatchesAtOnce: 16,
      maxBodyBytes: 20 * 1024 ** 2,
      maxUploadBytes: 5 * 1024 ** 3,
      maxDecompressedBytes: 20 * 1024 ** 3,
      maxCompressionRatio: 200,
      maxImportsAtOnce: 4,
      maxGrpcMessageBytes: 4 * 1024 ** 2,
      maxStreams: 100,
      maxRunningReports: 100,
      statementTimeoutMs: 30_000,
    });
  });

  it('require gRPC messages large enough for a batch', () => {
    expect(() => Settings.from({ MAX_POLLS_PER_BATCH: '1000', MAX_GRPC_MESSAGE_BYTES: '63999' })).toThrow(
      'Invalid settings. MAX_GRPC_MESSAGE_BYTES is "63999": must be 64000 or more, since a message may hold 1000 polls (MAX_POLLS_PER_BATCH).',
    );
    expect(Settings.from({ MAX_POLLS_PER_BATCH: '1000', MAX_GRPC_MESSAGE_BYTES: '64000' })).toBeDefined();
  });

  it.each([
    ['STATEMENT_TIMEOUT', '0s', 'must be from 1s to 1h'],
    ['STATEMENT_TIMEOUT', '30', 'must be a whole number with a unit'],
    ['MAX_STREAMS', '0', 'must be a whole number from 1 to 10000'],
    ['MAX_COMPRESSION_RATIO', '2000', 'must be a whole number from 2 to 1032'],
  ])('name %s=%s and what would be right', (name, value, right) => {
    expect(() => Settings.from({ [name]: value })).toThrow(new RegExp(`${name} is "${value}": ${right}`));
  });
});
