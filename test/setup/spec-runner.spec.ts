import { describe, expect, it, jest } from '@jest/globals';
import * as errors from '#libs/errors.js';
import { IMPORTED_AS } from './imported-as.js';

describe('the spec runner', () => {
  it('loads helpers in test/ for each spec file, and sources once per process', async () => {
    const [, spec] = import.meta.url.split('?');
    expect(spec).toMatch(/^spec=\d+$/);
    expect(IMPORTED_AS).toMatch(new RegExp(`/imported-as\\.ts\\?${spec}$`));
    expect(await import(new URL('../../libs/errors.ts', import.meta.url).href.split('?')[0])).toBe(errors);
  });

  it('lets expect compare by the classes of this process', () => {
    const values = {
      text: 'a',
      number: 1,
      list: [1],
      at: new Date(),
      error: new TypeError('no'),
      bytes: Buffer.from('a'),
    };
    expect(values).toStrictEqual({
      text: expect.any(String),
      number: expect.any(Number),
      list: expect.any(Array),
      at: expect.any(Date),
      error: expect.any(Error),
      bytes: expect.any(Uint8Array),
    });
    expect(() => JSON.parse('{')).toThrow(SyntaxError);
  });

  it('rejects functions that would silently do nothing', () => {
    expect(() => jest.useFakeTimers()).toThrow('jest.useFakeTimers has no effect');
    expect(() => jest.mock('pg')).toThrow('jest.mock has no effect');
  });

  it('reports the source position of a failed test', () => {
    expect(new Error('here').stack).toMatch(/spec-runner\.spec\.ts:\d+:\d+/);
  });
});
