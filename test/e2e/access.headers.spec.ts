import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

/** The directives of a Content-Security-Policy. */
const directives = (headers: Headers): Map<string, string[]> =>
  new Map(
    (headers.get('content-security-policy') ?? '').split(';').map((directive) => {
      const [name, ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );

describe('security headers', () => {
  it.each(['/docs', '/v1/stores', '/v1/nothing'])('are sent on %s', async (path) => {
    const { headers } = await send(server, path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(directives(headers).get('frame-ancestors')).toEqual(["'self'"]);
  });

  it('do not send HSTS without TLS', async () => {
    const { headers } = await send(server, '/docs');
    expect(directives(headers).has('upgrade-insecure-requests')).toBe(false);
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('let the page load only its own files, cached forever, and forbid framing', async () => {
    const { headers, text: html } = await send(server, '/');
    expect(Object.fromEntries(directives(headers))).toEqual({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    });
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    const files = [...html.matchAll(/(?:src|href)="(\.\/assets\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      const answer = await send(server, new URL(file, `${server.http}/`).pathname);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it('let Swagger UI work with scripts and styles from this server only', async () => {
    const { headers, text: html } = await send(server, '/docs');
    const policy = directives(headers);
    expect(policy.get('script-src')).toEqual(["'self'"]);
    expect(policy.get('script-src-attr')).toEqual(["'none'"]);
    expect(policy.get('style-src')).toContain("'unsafe-inline'"); // The page has an inline <style>.
    expect(policy.get('img-src')).toContain('data:'); // Swagger UI embeds its icons.

    const scripts = [...html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)];
    expect(scripts.map(([, , inline]) => inline?.trim())).toEqual(Array.from(scripts, () => ''));
    expect(html).not.toMatch(/\son\w+=/);
    const files = [...html.matchAll(/<(?:script src|link [^>]*href)="([^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThanOrEqual(5);
    for (const file of files) {
      const url = new URL(file, `${server.http}/docs`);
      expect(url.origin).toBe(server.http);
      expect((await send(server, url.pathname)).status).toBe(200);
    }
  });
});
