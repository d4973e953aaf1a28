import { describe, expect, it } from '@jest/globals';
import { currentLogContext, withLogContext, requestIdOf } from './log-context.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const NEW = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;

describe('the id of a request', () => {
  it.each(['a', '7b9d-1', 'user@host:1/2+3=_.', 'x'.repeat(128)])('is the one the client sent: %s', (given) => {
    expect(requestIdOf(given, PARENT)).toBe(given);
  });

  it.each(['', 'x'.repeat(129), 'a b', 'a\nb', 'ü', '"', '$(id)', undefined, ['a', 'b'], Buffer.from('a')])(
    'is that of the trace, where the client gave none or an unsafe one: %j',
    (given) => {
      expect(requestIdOf(given, PARENT)).toBe(TRACE_ID);
    },
  );

  it.each([undefined, '', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, PARENT.toUpperCase(), TRACE_ID])(
    'is new, where there is no trace either: %j',
    (traceparent) => {
      expect(requestIdOf(undefined, traceparent)).toMatch(NEW);
      expect(requestIdOf(undefined, traceparent)).not.toBe(requestIdOf(undefined, traceparent));
    },
  );
});

describe('a log context', () => {
  it('applies to everything started in it, and inner contexts only add to it', async () => {
    const inner = withLogContext({ request_id: 'r' }, async () => {
      await Promise.resolve();
      const seen = await withLogContext({ job_id: 'j' }, async () => currentLogContext());
      return [seen, currentLogContext()];
    });

    expect(currentLogContext()).toEqual({});
    expect(await inner).toEqual([{ request_id: 'r', job_id: 'j' }, { request_id: 'r' }]);
  });
});
