import type { BrowserContext, Page } from 'playwright-core';

/** Told in the page itself: a policy that is broken need not come to the console. */
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('policy violated: ' + violatedDirective + ' by ' + blockedURI))`;

/** A page, and all that is heard of it. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses of all requests. */
  readonly asked: string[];
  /** What the console says is wrong, and errors that nobody caught. */
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
