import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { type WatchedPage, watchedPage } from './watched-page.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** WCAG 2.2 AA, and what comes before it. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** More stops than any view has before what is looked for. */
const MOST_TABS = 80;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The page of web/, used by keyboard alone. */
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
    // From now on and for all of them: switched on by the one that waits, it can come too late for the key that is pressed then.
    watched.page.on('filechooser', () => {});
    return new KeyboardPage(watched, base);
  }

  /** @returns the policy that came with the page */
  async open(hash = ''): Promise<string> {
    const response = await this.page.goto(`${this.base}/${hash}`);
    return (await response?.allHeaders())?.['content-security-policy'] ?? '';
  }

  /** Goes on with Tab until something has the focus. @throws when it cannot be reached */
  async tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await this.press('Tab');
    }
    throw new Error(`${MOST_TABS} times Tab do not lead to ${target.toString()}`);
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

  /** Saves what the button hands out. */
  async download(button: Locator): Promise<{ name: string; content: string }> {
    const saved = this.page.waitForEvent('download');
    await this.enter(button);
    const download = await saved;
    return { name: download.suggestedFilename(), content: await readFile(await download.path(), 'utf8') };
  }

  /** What axe finds wrong with what is shown, in words. */
  async violations(): Promise<string[]> {
    // evaluated, and not added as a script: the policy holds for axe as well
    await this.page.evaluate(await readFile(AXE, 'utf8'));
    const run = `axe.run({ runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) => violations)`;
    const violations: Violation[] = await this.page.evaluate(run);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  }
}
