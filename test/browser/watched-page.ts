import type { BrowserContext, Page } from 'playwright-core';

/** Reports policy violations from inside the page, because the browser may not log them. */
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('policy violated: ' + violatedDirective + ' by ' + blockedURI))`;

/** A page with its requests and errors. */
export interface WatchedPage {
  readonly page: Page;
  /** URLs of all requests. */
  readonly asked: string[];
  /** Console errors and uncaught exceptions. */
  readonly errors: string[];
}

export async function watchedPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  const watched: WatchedPage = { page, asked: [], errors: [] };
  page.on('request', (request) => watched.asked.push(request.url()));
  page.on('console', (message) => void (message.type() === 'error' && watched.errors.push(message.text())));
  page.on('pageerror', (error) => watched.errors.push(String(error)));
  await page.addInitScript({ content: TELL_VIOLATIONS });
  return watched;
}
