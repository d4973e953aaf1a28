import { expect } from '@jest/globals';
import { type ServiceError, status } from '@grpc/grpc-js';
import { type Answer, problemOf } from './rest.js';

/** The error of a call that must fail. Checks that it reveals no internals. */
export async function failure(call: Promise<unknown>): Promise<ServiceError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason as ServiceError,
  );
  if (error === undefined) throw new Error('The call succeeded.');
  expect(error.details).not.toMatch(/\n\s+at |node_modules/);
  return error;
}

export const failed = (code: status, details: string | RegExp): object =>
  expect.objectContaining({ code, details: expect.stringMatching(details) });

/** The message for an instant on a whole second. */
export const at = (iso: string): { seconds: number; nanos: number } => ({ seconds: Date.parse(iso) / 1000, nanos: 0 });

/** The message for a duration of whole minutes. */
export const minutes = (count: number): { seconds: number; nanos: number } => ({ seconds: count * 60, nanos: 0 });

const CODES: Record<number, status> = {
  400: status.INVALID_ARGUMENT,
  404: status.NOT_FOUND,
  409: status.FAILED_PRECONDITION,
};

/** Checks that a gRPC call fails like the REST request: with the matching code and the same message. */
export async function expectAlike(call: Promise<unknown>, overRest: Promise<Answer>, field?: string): Promise<void> {
  const [error, problem] = [await failure(call), problemOf(await overRest)];
  expect([error.code, error.details]).toEqual([CODES[problem.status], problem.detail]);
  expect([error.metadata.get('field')[0], problem.field]).toEqual([field, field]);
}
