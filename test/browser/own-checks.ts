import type { BrowserContext } from 'playwright-core';
import { type Checks, equal, matches } from '../clients/checks.js';
import { KeyboardPage } from './page.js';
import { Swagger } from './swagger.js';

/**
 * Checks the page and Swagger on a server without API keys: the server accepts their requests.
 * @param base public URL without a trailing slash
 */
export async function checkOwn(checks: Checks, context: BrowserContext, base: string): Promise<void> {
  await checks.check(`${base}/: the page loads, uploads a file and creates a report`, async () => {
    const page = await KeyboardPage.in(context, base);
    await page.open();
    await page.page.locator('a.tile').first().waitFor();
    const chooser = page.page.waitForEvent('filechooser');
    await page.open('#/imports');
    await page.page.getByLabel('CSV files').click();
    const buffer = Buffer.from('store_id,status,timestamp_utc\nown,active,2026-01-12 15:14:00 UTC\n');
    await (await chooser).setFiles({ name: 'store_status.csv', mimeType: 'text/csv', buffer });
    await page.page.locator('.files li').filter({ hasText: 'store_status.csv' }).getByText('accepted').waitFor();
    await page.open('#/reports');
    const downloads = page.page.getByRole('button', { name: /^Download CSV/ });
    await downloads.first().waitFor();
    const before = await downloads.count();
    await page.page.getByRole('button', { name: 'Create report' }).click();
    await downloads.nth(before).waitFor();
    const { content } = await page.download(downloads.first());
    matches(content, /^store_id,/);
    equal(page.errors, []);
    equal(
      page.asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(`${base}/`)),
      [],
    );
    await page.page.close();
  });
  await checks.check(`${base}/docs: Swagger starts a report and follows it`, async () => {
    const swagger = await Swagger.in(context, base);
    await swagger.open();
    const { status, body = '' } = await swagger.execute('createReport');
    equal(status, 202, body);
    const { report_id: id } = JSON.parse(body) as { report_id: string };
    const events = await swagger.execute('watchReport', { report_id: id });
    matches(events.body ?? '', /event: ?complete/);
    equal(swagger.errors, []);
    equal(
      swagger.asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(`${base}/`)),
      [],
    );
    await swagger.page.close();
  });
}
