import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';

/** dist, or the folder above it where the sources run themselves. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDER = join(basename(ROOT) === 'dist' ? ROOT : join(ROOT, 'dist'), 'web');

const FILES = /^\/(icon\.svg|assets\/[^/]+)?$/;

/** Whether it may be one of the page: for other requests nobody looks into the folder, which takes a turn of another thread. */
export const isOfThePage = (path: string): boolean => FILES.test(path);

/** Vite names the files in here after their content. */
const NEVER_CHANGES = /[\\/]assets[\\/]/;

/** The page asks nobody but this server, and is shown nowhere but in a window of its own. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Hands out the page of web/ at `/`, as `npm run build` made it. */
export function servePage(app: NestExpressApplication): void {
  const files = express.static(FOLDER, {
    setHeaders: (response, path) => {
      response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      response.setHeader(
        'Cache-Control',
        NEVER_CHANGES.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (isOfThePage(request.path)) files(request, response, next);
    else next();
  });
}
