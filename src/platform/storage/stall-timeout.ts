import { PassThrough, type Readable } from 'node:stream';

/**
 * The bytes of a body as they come. When it breaks, or when it is read and says nothing for so long, the stream ends with an
 * error; a reader who takes his time is no silence.
 * @param told makes the error
 */
export function watched(body: Readable, silentMs: number, told: (error: unknown) => unknown): Readable {
  const out = new PassThrough({
    destroy(error, done) {
      clearTimeout(timer);
      body.destroy();
      done(error);
    },
  });
  const timer = setTimeout(() => {
    if (body.isPaused()) timer.refresh();
    else end(Object.assign(new Error(`nothing came for ${silentMs / 1000} s`), { name: 'TimeoutError' }));
  }, silentMs);
  const end = (error: unknown): unknown => out.destroy(told(error) as Error);
  body.on('error', end);
  body.on('data', () => timer.refresh());
  body.once('end', () => clearTimeout(timer));
  out.on('drain', () => timer.refresh());
  return body.pipe(out);
}
