import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { type WatchedPage, watchedPage } from './watched-page.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** WCAG 2.2 AA and earlier versions. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** More tab stops than any view has. */
const MAX_TABS = 80;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The page of web/, operated with the keyboard only. */
export class KeyboardPage {
  readonly page: Page;
  readonly asked: string[];
  readonly errors: string[];
  private readonly base: string;

  private constructor({ page, asked, errors }: WatchedPage, base: string) {
    this.page = page;
    this.asked = asked;
    this.errors = errors;
    this.base = base;
  }

  /** @param base of the server, `http://host:port` */
  static async in(context: BrowserContext, base: string): Promise<KeyboardPage> {
    const watched = await watchedPage(context);
    // Intercepts all file choosers from the start. A listener added just before the key press can be too late.
    watched.page.on('filechooser', () => {});
    return new KeyboardPage(watched, base);
  }

  /** @returns the Content-Security-Policy of the page */
  async open(hash = ''): Promise<string> {
    const response = await this.page.goto(`${this.base}/${hash}`);
    return (await response?.allHeaders())?.['content-security-policy'] ?? '';
  }

  /** Presses Tab until the target has the focus. @throws if it is not reachable */
  async tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let tabs = 0; tabs < MAX_TABS; tabs++) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await this.press('Tab');
    }
    throw new Error(`${target.toString()} does not get the focus within ${MAX_TABS} tab stops`);
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Follows a link, or presses a button. */
  async enter(target: Locator): Promise<void> {
    await this.tabTo(target);
    await this.press('Enter');
  }

  async type(target: Locator, text: string): Promise<void> {
    await this.tabTo(target);
    await this.page.keyboard.type(text);
  }

  /** Downloads the file of a button. */
  async download(button: Locator): Promise<{ name: string; content: string }> {
    const saved = this.page.waitForEvent('download');
    await this.enter(button);
    const download = await saved;
    return { name: download.suggestedFilename(), content: await readFile(await download.path(), 'utf8') };
  }

  /** The violations that axe finds in the current view. */
  async violations(): Promise<string[]> {
    // Evaluated, because the policy also blocks axe as a script element.
    await this.page.evaluate(await readFile(AXE, 'utf8'));
    const run = `axe.run({ runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) => violations)`;
    const violations: Violation[] = await this.page.evaluate(run);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  }
}
