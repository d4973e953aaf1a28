import { describe, expect, it, jest } from '@jest/globals';
import protobuf from 'protobufjs';
import { RefusedMessage, boundedDecode, countFields } from './bounded-message.js';
import { requestTypes } from './proto-files.js';

const TYPES = requestTypes();
const POLLS = TYPES.get('/storewatch.v1.IngestionService/IngestPolls')!;
const REPORT = TYPES.get('/storewatch.v1.ReportsService/TriggerReport')!;
const TIMELINE = TYPES.get('/storewatch.v1.TimelinesService/GetStoreTimeline')!;
const LIMITS = { maxPollsPerBatch: 10 };

const encoded = (type: protobuf.Type, message: object): Buffer =>
  Buffer.from(type.encode(type.fromObject(message)).finish());
const polls = (count: number): object => ({
  polls: Array.from({ length: count }, (_, i) => ({
    store_id: `s${i}`,
    status: 1,
    polled_at: { seconds: i + 1, nanos: 1 },
  })),
});
/** Fields of two bytes, such as empty messages. */
const pairs = (count: number, tag: number): Buffer => Buffer.alloc(count * 2, Buffer.from([tag, 0]));

/** Why the message was rejected, if it was. `decodes` is 0 if its counts alone were enough. */
function refused(type: protobuf.Type | undefined, bytes: Buffer): { message: string | undefined; decodes: number } {
  const decode = jest.fn((given: Buffer) => (type ?? POLLS).decode(given));
  const outcome = boundedDecode(decode, type, LIMITS)(bytes);
  return {
    message: outcome instanceof RefusedMessage ? outcome.error.message : undefined,
    decodes: decode.mock.calls.length,
  };
}

describe('the fields of a message', () => {
  it('are counted, including those of nested messages', () => {
    const { fields, items } = countFields(encoded(POLLS, polls(3)), POLLS, 1_000);

    expect(fields).toBe(3 * 6);
    expect([...items]).toEqual([['polls', 3]]);
  });

  it('are counted only up to the limit', () => {
    expect(countFields(pairs(50_000, 0x0a), POLLS, 1_000).fields).toBe(1_001);
  });
});

describe('a message', () => {
  it('is decoded within the limits', () => {
    expect(refused(POLLS, encoded(POLLS, polls(10)))).toEqual({ message: undefined, decodes: 1 });
    expect(refused(undefined, Buffer.alloc(0))).toEqual({ message: undefined, decodes: 1 });
  });

  it('is rejected before decoding if a list is too long', () => {
    expect(refused(POLLS, encoded(POLLS, polls(11)))).toEqual({
      message: 'A batch must have at most 10 polls (MAX_POLLS_PER_BATCH), got 11. Send several batches.',
      decodes: 0,
    });
    expect(refused(POLLS, pairs(2_000_000, 0x0a))).toEqual({
      message: 'A batch must have at most 10 polls (MAX_POLLS_PER_BATCH), got more than 100001. Send several batches.',
      decodes: 0,
    });
    const stores = encoded(REPORT, { stores: Array.from({ length: 10_001 }, String) });
    expect(refused(REPORT, stores)).toEqual({
      message: 'stores must have at most 10000 items, got 10001.',
      decodes: 0,
    });
  });

  it('is rejected before decoding if a list of packed numbers is too long', () => {
    const include = encoded(TIMELINE, { include: Array.from({ length: 20_000 }, () => 1) });
    expect(include.length).toBeLessThan(20_100); // they are packed

    expect(refused(TIMELINE, include)).toEqual({
      message: 'include must have at most 10000 items, got 20000.',
      decodes: 0,
    });
  });

  it('is rejected before decoding if it has too many fields of any kind', () => {
    const message = 'The message has more than 100000 fields. Split it into several.';
    // webhook repeated; an unknown field; polls without a known type; the same inside a poll
    const inner = pairs(200_000, 0x0a);
    const writer = protobuf.Writer.create().uint32(0x0a).bytes(inner);
    for (const [type, bytes] of [
      [REPORT, pairs(200_000, (REPORT.fields['webhook'].id << 3) | 2)],
      [REPORT, pairs(200_000, 0x78)],
      [undefined, pairs(200_000, 0x0a)],
      [POLLS, Buffer.from(writer.finish())],
    ] as const) {
      expect(refused(type, bytes)).toEqual({ message, decodes: 0 });
    }
  });

  it.each([
    ['ends too early', [0x0a, 0x7f, 0x01]],
    ['has an invalid wire type', [0x0f]],
    ['has groups without end', Array.from({ length: 100_000 }, () => 0x0b)],
  ])('is rejected as unreadable if it %s', (_what, bytes) => {
    expect(refused(POLLS, Buffer.from(bytes)).message).toMatch(
      /^The message cannot be read as storewatch\.v1\.IngestPollsRequest: .+\.$/,
    );
  });
});
