import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { logVerbosity, setLogVerbosity, status } from '@grpc/grpc-js';
import * as fc from 'fast-check';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { INSIDES, expectAllReportsMade, expectHealthy, expectNoGrowth, heldBytes } from './answers.js';
import { Tally, label, limitMs, parameters, share } from './cases.js';
import { type GrpcAnswer, GrpcFrames } from './grpc-client.js';
import { callsOf } from './grpc-messages.js';
import { HttpClient } from './http-client.js';

const CASES = share(0.15);

/**
 * grpc-js itself answers INTERNAL, before the program sees the call, to a message that it cannot decompress and to an
 * invalid timeout (server-interceptors.js: decompressMessage, handleTimeoutHeader). Any other INTERNAL is a bug of the
 * program.
 */
const SAID_BY_GRPC_JS = /^(Failed to decompress message|Invalid grpc-timeout value ".*")$/s;

describe('any call of any method', () => {
  const tally = new Tally('gRPC calls');
  let server: Storewatch;
  let frames: GrpcFrames;

  beforeAll(async () => {
    setLogVerbosity(logVerbosity.NONE); // grpc-js logs every invalid header
    server = await startStorewatch();
    frames = new GrpcFrames(server.grpcAddress);
  });
  afterAll(async () => {
    tally.print();
    frames.close();
    await server?.close();
  });

  it(
    `ends with a status that blames the caller, and leaves nothing behind (${label(CASES)})`,
    async () => {
      const { report } = await server.grpc.triggerReport({
        asOf: { seconds: Date.parse('2023-01-22T12:00:00Z') / 1000, nanos: 0 },
      });
      const anyCall = callsOf(report!.reportId);
      const half = async (part: number, cases: number): Promise<number> => {
        await fc.assert(
          fc.asyncProperty(anyCall, async (call) => {
            const answer = await frames.call(call);
            expectStatus(answer, call.isAborted);
            tally.add(answer.code === undefined ? `HTTP ${answer.httpStatus ?? 'reset'}` : status[answer.code]);
          }),
          parameters(cases, part),
        );
        await expectAllReportsMade(server);
        return heldBytes();
      };
      const atHalf = await half(0, Math.ceil(CASES / 2));
      expectNoGrowth(atHalf, await half(1, Math.floor(CASES / 2)), tally);
      const client = new HttpClient(server.http);
      await expectHealthy(client);
      client.close();
    },
    limitMs(CASES),
  );
});

function expectStatus({ httpStatus, code, message }: GrpcAnswer, isAborted: boolean): void {
  expect(message).not.toMatch(INSIDES);
  if (code === undefined) {
    // 415: not gRPC at all.
    if (!isAborted) expect(httpStatus).toBe(415);
    return;
  }
  if (code === status.INTERNAL) expect(message).toMatch(SAID_BY_GRPC_JS);
  expect([status.UNKNOWN, status.UNAVAILABLE, status.DATA_LOSS]).not.toContain(code);
  expect(status[code]).toBeDefined();
}
