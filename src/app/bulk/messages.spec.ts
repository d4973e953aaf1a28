import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { DomainError } from '#libs/errors.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { packError, unpackError } from './messages.js';

/** The error after postMessage. */
const sent = (error: unknown): Error => unpackError(structuredClone(packError(error)));

describe('an error from the other thread', () => {
  it('stays the same domain error', () => {
    const error = new DomainError('too_large', 'It is too large.', {
      field: 'polls',
      details: { import: { read: 3 } },
    });
    const other = sent(error);
    expect(other).toBeInstanceOf(DomainError);
    expect(other).toMatchObject({
      code: 'too_large',
      message: 'It is too large.',
      field: 'polls',
      details: { import: { read: 3 } },
      stack: error.stack,
    });
  });

  it('gets the same error code as one of this thread', () => {
    const ofDatabase = Object.assign(new DatabaseError('terminating connection', 1, 'error'), { code: '57P01' });
    expect(toDomainError(sent(ofDatabase)).code).toBe('unavailable');
    const ofSystem = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(toDomainError(sent(ofSystem)).code).toBe('unavailable');
    expect(toDomainError(sent(new Error('a bug'))).code).toBe('internal');
  });

  it('keeps its causes for the log', () => {
    const root = Object.assign(new Error('root'), { code: 'EPIPE' });
    const other = sent(new DomainError('unavailable', 'outer', { cause: root }));
    expect(other.cause).toMatchObject({ message: 'root', code: 'EPIPE', stack: root.stack });
  });

  it('may be any thrown value', () => {
    expect(sent('words').message).toBe('words');
  });
});
