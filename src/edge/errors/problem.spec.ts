import { describe, expect, it } from '@jest/globals';
import { DomainError, invalidArgument } from '#libs/errors.js';
import type { Parameters } from '../openapi/operations.js';
import { toPointer, toProblem } from './problem.js';

describe('the pointer to a field', () => {
  // the examples of RFC 6901, section 6, that are possible field names
  it.each([
    ['', '#'],
    ['as_of', '#/as_of'],
    ['windows[0].from', '#/windows/0/from'],
    ['windows[12]', '#/windows/12'],
    ['a/b', '#/a~1b'],
    ['m~n', '#/m~0n'],
    ['c%d', '#/c%25d'],
    ['k"l', '#/k%22l'],
    [' ', '#/%20'],
    ['über', '#/%C3%BCber'],
    ['a\ud800', '#/a%EF%BF%BD'],
  ])('%j is %s', (field, pointer) => {
    expect(toPointer(field)).toBe(pointer);
  });
});

describe('a problem', () => {
  const parameters: Parameters = {
    names: new Set(['page_size', 'store_id']),
    query: new Map([['page_size', { isList: false }]]),
    headers: new Set(['idempotency-key']),
  };
  const locationOf = (field: string, query?: object): unknown =>
    toProblem(invalidArgument(field, 'It is wrong.'), { parameters, query }).errors;

  it('locates its field in the path, the query, a header or the body', () => {
    const detail = 'It is wrong.';

    expect(locationOf('store_id')).toEqual([{ parameter: 'store_id', detail }]);
    expect(locationOf('page_size')).toEqual([{ parameter: 'page_size', detail }]);
    expect(locationOf('page', { page: '1' })).toEqual([{ parameter: 'page', detail }]);
    expect(locationOf('idempotency_key')).toEqual([{ header: 'idempotency-key', detail }]);
    expect(locationOf('host')).toEqual([{ pointer: '#/host', detail }]);
  });

  it('lists every fault', () => {
    const faults = ['a', 'b[1]'].map((field) => ({ field, message: `${field} is wrong.` }));
    const error = new DomainError('invalid_argument', 'a is wrong.', { field: 'a', faults });

    expect(toProblem(error)).toEqual({
      type: 'urn:storewatch:problem:invalid_argument',
      title: 'Invalid request',
      status: 400,
      detail: 'a is wrong.',
      code: 'invalid_argument',
      field: 'a',
      errors: [
        { pointer: '#/a', detail: 'a is wrong.' },
        { pointer: '#/b/1', detail: 'b[1] is wrong.' },
      ],
    });
  });

  it('has no list of errors without a field', () => {
    expect(toProblem(new DomainError('not_found', 'It is not there.'))).toEqual({
      type: 'urn:storewatch:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: 'It is not there.',
      code: 'not_found',
    });
  });
});
