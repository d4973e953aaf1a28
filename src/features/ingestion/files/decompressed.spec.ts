import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { DomainError } from '#libs/errors.js';
import { atMost, plainBytes } from './decompressed.js';

const MB = 1024 * 1024;
const LIMITS = { maxDecompressedBytes: 20_000 * MB, maxCompressionRatio: 200 };

/** The output before the end or an error. */
async function unpacked(chunks: AsyncIterable<Buffer>): Promise<{ bytes: number; error: unknown }> {
  let bytes = 0;
  try {
    for await (const chunk of chunks) bytes += chunk.length;
    return { bytes, error: undefined };
  } catch (error) {
    return { bytes, error };
  }
}

const tooLarge = (message: RegExp): object =>
  expect.objectContaining({ code: 'too_large', message: expect.stringMatching(message) });

/** gzip members may be concatenated (RFC 1952): 640 members of 16 MB of zeros are 10 MB that decompress to 10 GB. */
function bomb(): { stream: Readable; packed: () => number } {
  const member = gzipSync(Buffer.alloc(16 * MB));
  let packed = 0;
  const members = function* (): Generator<Buffer> {
    for (let i = 0; i < 640; i++) {
      packed += member.length;
      yield member;
    }
  };
  expect(640 * member.length).toBeGreaterThan(9 * MB);
  return { stream: Readable.from(members(), { highWaterMark: 1 }), packed: () => packed };
}

describe('a gzip file', () => {
  it('of 10 MB that decompresses to 10 GB is refused after a few MB of output', async () => {
    const { stream, packed } = bomb();

    const { bytes, error } = await unpacked(plainBytes(stream, LIMITS));

    expect(error).toEqual(
      tooLarge(/^The gzip data decompresses to more than 200 times their size \(MAX_COMPRESSION_RATIO\)/),
    );
    expect(bytes).toBeLessThanOrEqual(16 * MB);
    expect(packed()).toBeLessThan(MB);
  });

  it('is refused when it exceeds the size limit, whatever its ratio', async () => {
    const noise = randomBytes(4 * MB);

    const { bytes, error } = await unpacked(
      plainBytes(Readable.from([gzipSync(noise)]), { ...LIMITS, maxDecompressedBytes: MB }),
    );

    expect(error).toEqual(
      tooLarge(/^The gzip data decompresses to more than 1048576 bytes \(MAX_DECOMPRESSED_BYTES\)$/),
    );
    expect(bytes).toBeLessThanOrEqual(MB);
  });

  it('of equal rows that compress more than a hundredfold is read to the end', async () => {
    const row = '8139926242460185114,active,2023-01-22 12:09:39.388884 UTC\n';
    const text = Array.from({ length: 20 * 16_384 }, (_, i) => row.replace('12:09', String(i % 97))).join('');

    const packed = gzipSync(text);
    const { bytes, error } = await unpacked(plainBytes(Readable.from([packed]), LIMITS));

    expect(text.length / packed.length).toBeGreaterThan(50);
    expect({ bytes, error }).toEqual({ bytes: text.length, error: undefined });
  });
});

describe('a file whose bytes arrive one by one', () => {
  it('is recognised as gzip or plain', async () => {
    const oneByOne = (bytes: Buffer): Readable => Readable.from([...bytes].map((byte) => Buffer.of(byte)));
    for (const file of [gzipSync('a,b\n'), Buffer.from('a,b\n')]) {
      expect(Buffer.concat(await Readable.from(plainBytes(oneByOne(file), LIMITS)).toArray()).toString()).toBe('a,b\n');
    }
    expect(await unpacked(plainBytes(oneByOne(Buffer.from('a')), LIMITS))).toEqual({ bytes: 1, error: undefined });
    expect(await unpacked(plainBytes(Readable.from([]), LIMITS))).toEqual({ bytes: 0, error: undefined });
  });
});

describe('data after the gzip data', () => {
  const data = gzipSync('a,b\n1,2\n');
  const readIn = async (bytes: Buffer, size: number): Promise<{ text: string; remainders: string[] }> => {
    const remainders: string[] = [];
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const read = plainBytes(Readable.from(chunks), LIMITS, (reason, head) => remainders.push(`${reason}: ${head}`));
    return { text: Buffer.concat(await Readable.from(read).toArray()).toString(), remainders };
  };

  it.each([1, 2, 7, 1000])(
    'is read as a member, ignored as padding, or reported, in chunks of %i bytes',
    async (size) => {
      const text = 'a,b\n1,2\n';
      expect(await readIn(Buffer.concat([data, data, gzipSync('')]), size)).toEqual({
        text: text + text,
        remainders: [],
      });
      for (const harmless of ['\n', '\r\n', '\0\0\0\0\0']) {
        expect(await readIn(Buffer.concat([data, Buffer.from(harmless)]), size)).toEqual({ text, remainders: [] });
      }
      expect(await readIn(Buffer.concat([data, Buffer.from('\nc,d\n')]), size)).toEqual({
        text,
        remainders: ['is not gzip data: 5 bytes after the end of the gzip data were not read: c,d\n'],
      });
    },
  );

  it('is found after a header with all optional parts', async () => {
    const named = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9]),
      Buffer.from('name\0comment\0\x11\x22', 'latin1'),
      data.subarray(10),
    ]);
    expect((await readIn(named, 3)).text).toBe('a,b\n1,2\n');
  });

  it('does not hide that the gzip data is damaged or too short', async () => {
    const wrong = Buffer.from(data);
    wrong[data.length - 5] ^= 1;
    await expect(readIn(wrong, 5)).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
    // also right after the header, before there is any output
    for (let length = 2; length < data.length; length++) {
      for (const size of [1, 4, 1000]) {
        await expect(readIn(data.subarray(0, length), size)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
      }
    }
  });
});

describe('the body of an upload', () => {
  it('is read up to the limit and no further', async () => {
    let sent = 0;
    const endless = function* (): Generator<Buffer> {
      for (;;) yield Buffer.alloc(1000, (sent += 1000));
    };

    const { bytes, error } = await unpacked(atMost(Readable.from(endless(), { highWaterMark: 1 }), 10_500));

    expect(error).toBeInstanceOf(DomainError);
    expect(error).toEqual(tooLarge(/^The body holds more than 10500 bytes \(MAX_UPLOAD_BYTES\)$/));
    expect(bytes).toBe(10_000);
    expect(sent).toBeLessThan(20_000);
  });

  it('may be exactly as long as the limit', async () => {
    expect(await unpacked(atMost(Readable.from([Buffer.alloc(10), Buffer.alloc(5)]), 15))).toEqual({
      bytes: 15,
      error: undefined,
    });
  });
});
