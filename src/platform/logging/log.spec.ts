import { describe, expect, it } from '@jest/globals';
import { Log } from './log.js';
import { withLogContext } from './log-context.js';

/** The lines that `write` writes, parsed. */
function lines(write: (log: Log) => void, logLevel: 'error' | 'warn' | 'log' | 'debug' = 'debug'): object[] {
  const written: string[] = [];
  write(new Log({ logLevel }, { write: (line: string) => void written.push(line) }));
  return written.map((line) => JSON.parse(line) as object);
}

describe('a log line', () => {
  it('is a JSON object with time, level, context and message', () => {
    const [line] = lines((log) => log.log('Here it is.', 'Reports'));
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      pid: process.pid,
      context: 'Reports',
      msg: 'Here it is.',
    });
  });

  it('contains the log context', () => {
    const [line] = lines((log) => {
      withLogContext({ request_id: 'r' }, () =>
        withLogContext({ job_id: 'j', report_id: 'p' }, () => log.warn('late', 'Jobs')),
      );
    });
    expect(line).toMatchObject({ level: 'warn', request_id: 'r', job_id: 'j', report_id: 'p' });
  });

  it('contains the code, stack and causes of an error, but no other fields that a driver added', () => {
    const cause = Object.assign(new Error('cut'), { code: 'ECONNRESET', query: 'select 1', parameters: ['hidden'] });
    const [line] = lines((log) => log.error('It failed.', new Error('outer', { cause }), 'Reports'));
    expect(line).toMatchObject({
      level: 'error',
      context: 'Reports',
      msg: 'It failed.',
      err: {
        type: 'Error',
        message: 'outer',
        stack: expect.stringMatching(/^Error: outer\n\s+at /),
        cause: { message: 'cut', code: 'ECONNRESET', stack: cause.stack },
      },
    });
    expect(JSON.stringify(line)).not.toMatch(/hidden|select 1/);
  });

  it('accepts an error as the message, and a stack as text, as Nest passes them', () => {
    const error = new Error('alone');
    const written = lines((log) => {
      log.error(error, 'ExceptionsHandler');
      log.error('GET /x', error.stack, 'REST');
      log.error('GET /y', undefined, 'REST');
    });
    expect(written).toMatchObject([
      { msg: 'alone', context: 'ExceptionsHandler', err: { stack: error.stack } },
      { msg: 'GET /x', context: 'REST', err: { stack: error.stack } },
      { msg: 'GET /y', context: 'REST' },
    ]);
    expect(written[2]).not.toHaveProperty('err');
  });

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['log', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('is written as LOG_LEVEL=%s wants', (logLevel, levels) => {
    const written = lines((log) => {
      for (const level of ['error', 'warn', 'log', 'debug'] as const) log[level]('x', 'Test');
    }, logLevel);
    expect(written.map((line) => (line as { level: string }).level)).toEqual(levels);
  });

  it('is not written for messages of Nest about its wiring', () => {
    expect(lines((log) => log.log('AppModule dependencies initialized', 'InstanceLoader'))).toEqual([]);
  });
});

describe('secrets', () => {
  const KEY = `sw_0123456789ab_${'s'.repeat(43)}`;

  it.each([
    [
      'the URL of the database',
      'postgresql://storewatch:pa-ss%40word@db:5432/x',
      'postgresql://storewatch:[redacted]@db:5432/x',
    ],
    ['a password with an @', 'at postgres://u:p@ss@db/x.', 'at postgres://u:[redacted]@db/x.'],
    ['an API key', `key ${KEY}!`, 'key sw_0123456789ab_[redacted]!'],
    ['a header', 'Authorization: Bearer abc.def-ghi', 'Authorization: Bearer [redacted]'],
    ['the secret of a webhook', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'whsec_[redacted]'],
  ])('are not written: %s', (_what, text, shown) => {
    const written = lines((log) => {
      log.error(text, 'Test');
      log.error('failed', Object.assign(new Error(text), { stack: `Error: ${text}\n    at x` }), 'Test');
      log.warn('asked', { headers: { authorization: text } }, 'Test');
    });
    expect(written).toMatchObject([
      { msg: shown },
      { err: { message: shown, stack: `Error: ${shown}\n    at x` } },
      { headers: { authorization: shown } },
    ]);
  });

  it('leave the rest of a line unchanged', () => {
    const text = 'GET http://127.0.0.1:3000/v1/stores/a@b of the bearer: sw_ at 10:00, me@example.com';
    expect(lines((log) => log.log(text, 'Test'))).toMatchObject([{ msg: text }]);
  });
});
