import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';

/** dist, or the folder above it if the sources run directly. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDER = join(basename(ROOT) === 'dist' ? ROOT : join(ROOT, 'dist'), 'web');

const FILES = /^\/(icon\.svg|assets\/[^/]+)?$/;

/** Whether the path may be a file of the page. Other requests skip the lookup in the file system, which uses another thread. */
export const isOfThePage = (path: string): boolean => FILES.test(path);

/** Vite puts a hash of the content into the names of these files. */
const NEVER_CHANGES = /[\\/]assets[\\/]/;

/** The page loads everything from this server only, and cannot be framed. */
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

/** Serves the page of web/, built by `npm run build`, at `/`. */
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
