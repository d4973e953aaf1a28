import { readFile } from 'node:fs/promises';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** What Swagger UI shows of a response. */
export interface Shown {
  readonly status: number;
  /** Whether Swagger UI marks the status as undocumented. */
  readonly isUndocumented: boolean;
  /** The text of the body; absent if there is a download link or no body. */
  readonly body: string | undefined;
}

/** A file that the browser has saved. */
export interface Saved {
  readonly name: string;
  readonly content: string;
}

/** Swagger UI in a page, used through what a user sees and clicks. */
export class Swagger {
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
  static async in(context: BrowserContext, base: string): Promise<Swagger> {
    return new Swagger(await watchedPage(context), base);
  }

  /** @returns the Content-Security-Policy of the page */
  async open(): Promise<string> {
    const response = await this.page.goto(`${this.base}/docs`);
    await this.page.locator('.opblock').first().waitFor();
    return (await response!.allHeaders())['content-security-policy'] ?? '';
  }

  /** The listed operations, from top to bottom. */
  operations(): Promise<string[]> {
    const ids = this.page.locator('.opblock');
    return ids.evaluateAll((blocks) => blocks.map(({ id }) => id.split('-').at(-1)!));
  }

  async authorize(key: string): Promise<void> {
    await this.page.locator('.btn.authorize').click();
    const dialog = this.page.locator('.modal-ux');
    await dialog.locator('input').fill(key);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
  }

  /** Tries an operation with the values that are filled in, except those given by name. */
  async execute(operationId: string, values: Record<string, string> = {}): Promise<Shown> {
    const block = this.block(operationId);
    await this.unfold(block);
    for (const [name, value] of Object.entries(values)) {
      await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }
    await block.getByRole('button', { name: 'Execute' }).click();
    const answer = block.locator('.live-responses-table .response');
    await answer.waitFor();
    const [status, ...others] = (await answer.locator('.response-col_status').innerText()).trim().split(/\s+/);
    const body = answer.locator('.response-col_description .highlight-code code');
    return {
      status: Number(status),
      isUndocumented: others.length > 0,
      body: (await body.count()) > 0 ? await body.first().innerText() : undefined,
    };
  }

  /** Presses "Download file" in the shown response. */
  async download(operationId: string): Promise<Saved> {
    const link = this.block(operationId).getByRole('link', { name: 'Download file' });
    const [download] = await Promise.all([this.page.waitForEvent('download'), link.click()]);
    return { name: download.suggestedFilename(), content: await readFile(await download.path(), 'utf8') };
  }

  async fold(operationId: string): Promise<void> {
    await this.block(operationId).locator('.opblock-summary-control').click();
  }

  private block(operationId: string): Locator {
    return this.page.locator(`.opblock[id$="-${operationId}"]`);
  }

  /** Enables the fields, and clears an earlier response. */
  private async unfold(block: Locator): Promise<void> {
    if ((await block.getByRole('button', { name: 'Execute' }).count()) === 0) {
      await block.locator('.opblock-summary-control').click();
      await block.getByRole('button', { name: 'Try it out' }).click();
    }
    const clear = block.getByRole('button', { name: 'Clear' });
    if ((await clear.count()) > 0) await clear.click();
  }
}
