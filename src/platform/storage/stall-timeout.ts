import { PassThrough, type Readable } from 'node:stream';

/**
 * Passes on the bytes of a body. The stream fails if the body breaks off or sends nothing for `stallMs` while it is
 * being read. A slow reader does not count as a stall.
 * @param toError makes the stream's error
 */
export function watched(body: Readable, stallMs: number, toError: (error: unknown) => unknown): Readable {
  const out = new PassThrough({
    destroy(error, done) {
      clearTimeout(timer);
      body.destroy();
      done(error);
    },
  });
  const timer = setTimeout(() => {
    if (body.isPaused()) timer.refresh();
    else end(Object.assign(new Error(`no data for ${stallMs / 1000} s`), { name: 'TimeoutError' }));
  }, stallMs);
  const end = (error: unknown): unknown => out.destroy(toError(error) as Error);
  body.on('error', end);
  body.on('data', () => timer.refresh());
  body.once('end', () => clearTimeout(timer));
  out.on('drain', () => timer.refresh());
  return body.pipe(out);
}
