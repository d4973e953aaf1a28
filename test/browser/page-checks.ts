import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BrowserContext } from 'playwright-core';
import { type Checks, equal, matches } from '../clients/checks.js';
import type { Server } from '../clients/running.js';
import { KeyboardPage } from './page.js';

/** Compressed size of the page, as transferred. */
const MAX_BYTES = 250_000;
const ASSETS = 'dist/web/assets';
const STATES = ['up', 'down', 'silent', 'closed'] as const;
const BAD_ROWS = 10;
/** Chromium's console message about a 401 response. */
const UNAUTHORIZED = /^Failed to load resource: the server responded with a status of 401/;

interface Summary {
  readonly as_of: string;
  readonly stores: Record<(typeof STATES)[number], number>;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Stage {
  readonly checks: Checks;
  readonly server: Server;
  readonly key: string;
  readonly page: KeyboardPage;
  /** Sends an API request with the key. */
  readonly ask: (path: string, init?: Asked) => Promise<Response>;
}

/** Checks the page with the keyboard only and API keys on: every task of an analyst. */
export async function checkPage(checks: Checks, context: BrowserContext, server: Server, key: string): Promise<void> {
  const ask = (path: string, init: Asked = {}): Promise<Response> =>
    fetch(`${server.http}${path}`, { ...init, headers: { Authorization: `Bearer ${key}`, ...init.headers } });
  const stage: Stage = { checks, server, key, ask, page: await KeyboardPage.in(context, server.http) };
  await opens(stage);
  await seesNow(stage);
  const storeId = await findsWorst(stage);
  await comparesFigures(stage, storeId);
  await looksBack(stage, storeId);
  await loadsFiles(stage, storeId);
  await makesReport(stage);
  await staysLive(stage, storeId);
  await isAccessible(stage, storeId);
  await checks.check('page: no console errors, and no requests to other origins', async () => {
    equal(stage.page.errors, []);
    const elsewhere = stage.page.asked.filter(
      (url) => !/^(data|blob):/.test(url) && new URL(url).origin !== server.http,
    );
    equal(elsewhere, []);
  });
  await stage.page.page.close();
}

async function opens({ checks, page, key }: Stage): Promise<void> {
  await checks.check('page: small, with a policy that allows only its own files', async () => {
    const files = await readdir(ASSETS);
    const sizes = await Promise.all(files.map(async (name) => gzipSync(await readFile(join(ASSETS, name))).length));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    equal(bytes > 0 && bytes < MAX_BYTES, true, `${bytes} bytes`);
    matches(await page.open(), /^default-src 'none'; script-src 'self'; style-src 'self';/);
  });
  await checks.check('page: asks for a key once, and rejects a wrong one', async () => {
    const dialog = page.page.getByRole('dialog', { name: 'API key' });
    await page.type(dialog.getByLabel('Key', { exact: true }), 'sw_not_a_key');
    await page.press('Enter');
    await dialog.getByText('rejected this API key').waitFor();
    await page.type(dialog.getByLabel('Key', { exact: true }), key);
    await page.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.page.locator('a.tile').first().waitFor();
    await page.page.reload();
    await page.page.locator('a.tile').first().waitFor();
    equal(await dialog.isVisible(), false);
    equal(
      page.errors.splice(0).filter((error) => !UNAUTHORIZED.test(error)),
      [],
    );
  });
}

async function seesNow({ checks, page, ask }: Stage): Promise<void> {
  await checks.check('page: the tiles match the API', async () => {
    const { stores } = (await (await ask('/v1/fleet/summary')).json()) as Summary;
    const shown = await Promise.all(
      STATES.map(async (state) => [state, Number(await page.page.locator(`a.tile.${state} strong`).innerText())]),
    );
    equal(
      shown,
      STATES.map((state) => [state, stores[state]]),
    );
  });
}

async function findsWorst({ checks, page, ask }: Stage): Promise<string> {
  let storeId = '';
  await checks.check('page: the worst store is first in the fleet, and Enter opens it', async () => {
    const answer = await ask('/v1/fleet/heatmap?basis=observed&page_size=1');
    const { stores } = (await answer.json()) as {
      stores: { store_id: string; name: string; tags: { brand: string } }[];
    };
    const [{ name, tags }] = stores;
    storeId = stores[0].store_id;
    await page.enter(page.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Fleet' }));
    await page.tabTo(page.page.getByRole('grid'));
    // Goes to the first cell, then along the hours. Each cell has a text.
    await page.press('Control+Home', 'ArrowDown', 'ArrowUp', 'ArrowRight');
    const cell = await page.page.locator('#heat-cell').innerText();
    equal(cell.startsWith(`Store ${name} (${storeId}), `), true);
    matches(cell, / UTC: .+/);
    await page.press('Enter');
    await page.page.getByRole('heading', { level: 1, name }).waitFor();
    await page.page.getByText(`id: ${storeId}, brand: ${tags.brand}`).waitFor();
  });
  return storeId;
}

async function comparesFigures({ checks, page, ask }: Stage, storeId: string): Promise<void> {
  await checks.check("page: a store's six figures match its row in the CSV", async () => {
    const { as_of: asOf } = (await (await ask('/v1/fleet/summary')).json()) as Summary;
    const csv = await reportAsOf(ask, asOf);
    const [header, ...rows] = csv
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const row = rows.find(([id]) => id === storeId)!;
    const columns = header.slice(1);
    const shown = await Promise.all(
      columns.map((column) => page.page.locator(`[data-column="${column}"]`).innerText()),
    );
    equal(shown, row.slice(1));
  });
  await checks.check('page: the keyboard selects the segments of a week', async () => {
    await page.tabTo(page.page.getByRole('slider'));
    await page.press('End');
    matches(
      await page.page.locator('.details').innerText(),
      /^(Up|Down|Carried up|Carried down|Unknown), .+ to .+ \(.+\): /,
    );
  });
}

/** 30 hours before the latest poll. */
const EARLIER_MS = 30 * 3_600_000;

async function looksBack({ checks, page, ask }: Stage, storeId: string): Promise<void> {
  await checks.check('page: an earlier as-of shows the state that the API has', async () => {
    const { as_of: latest } = (await (await ask('/v1/fleet/summary')).json()) as Summary;
    const asOf = new Date(Date.parse(latest) - EARLIER_MS).toISOString();
    const answer = await ask(`/v1/fleet/heatmap?q=${storeId}&to=${asOf}`);
    const { stores } = (await answer.json()) as { stores: { state: string }[] };
    await page.open(`#/stores/${storeId}?as_of=${asOf}`);
    const state = page.page.locator('strong.state');
    await state.waitFor();
    equal((await state.getAttribute('class'))?.split(' ')[1], stores[0].state);
  });
  await checks.check('page: invalid values in an address show an error or are ignored', async () => {
    await page.open(`#/stores/${storeId}?as_of=soon`);
    matches(await page.page.getByRole('alert').innerText(), /"soon" is not a timestamp/);
    await page.open(`#/stores/${storeId}?week=2026-02-31`);
    await page.page.getByRole('slider').waitFor();
    // Chromium's own message about the 400.
    equal(
      page.errors.splice(0).filter((error) => !/status of 400/.test(error)),
      [],
    );
  });
}

/** The CSV of a new report. */
async function reportAsOf(ask: Stage['ask'], asOf: string): Promise<string> {
  const created = await ask('/v1/reports', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ as_of: asOf }),
  });
  const { report_id: id } = (await created.json()) as { report_id: string };
  // The stream ends when the report does.
  await (await ask(`/v1/reports/${id}/events`)).text();
  return (await ask(`/v1/reports/${id}/content`)).text();
}

/** Opens another view from a script, and returns its heading and the focused element as soon as it is there. */
const TO_IMPORTS = `(async () => {
  document.activeElement.blur();
  const shown = new Promise((resolve) => new MutationObserver(resolve).observe(document.body, { childList: true, subtree: true }));
  location.hash = '#/imports';
  await shown;
  return [document.querySelector('h1').textContent, document.activeElement.tagName];
})()`;

async function loadsFiles({ checks, page }: Stage, storeId: string): Promise<void> {
  const bad = Array.from({ length: BAD_ROWS }, (_, i) => `s${i},maybe${i},2026-01-01 10:00:00 UTC`);
  const csv = (rows: readonly string[]): string => ['store_id,status,timestamp_utc', ...rows, ''].join('\n');
  await checks.check('page: a new view has the focus as soon as it appears', async () => {
    const focused = await page.page.evaluate(TO_IMPORTS);
    equal(focused, ['Imports', 'MAIN']);
  });
  await checks.check('page: uploads a file with ten invalid rows and shows their reasons', async () => {
    await page.enter(page.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Imports' }));
    await page.tabTo(page.page.getByLabel('CSV files'));
    const chooser = page.page.waitForEvent('filechooser');
    await page.press('Space');
    const buffer = Buffer.from(csv(bad));
    await (await chooser).setFiles({ name: 'store_status.csv', mimeType: 'text/csv', buffer });
    const reasons = page.page.getByRole('region', { name: 'Rejected rows' }).locator('tbody tr');
    await reasons.nth(BAD_ROWS - 1).waitFor();
    equal(
      await reasons.evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('td')].map((td) => td.textContent)),
      ),
      bad.map((row, i) => [`${i + 2}`, 'status', `"maybe${i}"`, 'is neither active nor inactive', row]),
    );
    // Every row is invalid, so the import fails with 422, which Chromium logs.
    equal(
      page.errors.splice(0).filter((error) => !/status of 422/.test(error)),
      [],
    );
  });
  await checks.check('page: uploads a dropped file after the user chose its kind', async () => {
    const text = JSON.stringify(csv([`${storeId},active,2026-01-01 10:00:00 UTC`]));
    const data = await page.page.evaluateHandle(
      `{ const data = new DataTransfer(); data.items.add(new File([${text}], 'mine.csv')); data }`,
    );
    await page.page.locator('main').dispatchEvent('drop', { dataTransfer: data });
    await page.tabTo(page.page.getByLabel('File kind'));
    await page.page.keyboard.type('Polls');
    await page.enter(page.page.getByRole('button', { name: 'Import mine.csv' }));
    await page.page.locator('.files li').filter({ hasText: 'mine.csv' }).getByText('accepted').waitFor();
  });
}

async function makesReport({ checks, page, ask }: Stage): Promise<void> {
  await checks.check('page: creates a report and downloads its file', async () => {
    await page.enter(page.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Reports' }));
    const downloads = page.page.getByRole('button', { name: /^Download CSV/ });
    await downloads.first().waitFor();
    const before = await downloads.count();
    await page.enter(page.page.getByRole('button', { name: 'Create report' }));
    await downloads.nth(before).waitFor();
    const { name, content } = await page.download(downloads.first());
    const [, id] = /^storewatch-report-([0-9a-f-]+)\.csv$/.exec(name) ?? [];
    equal(content, await (await ask(`/v1/reports/${id}/content`)).text());
  });
  await checks.check('page: removing a report moves the focus to the list', async () => {
    const rows = page.page.locator('section[aria-labelledby=reports-title] tbody tr');
    const before = await rows.count();
    await page.enter(page.page.getByRole('button', { name: /^Remove the report/ }).first());
    const dialog = page.page.getByRole('dialog', { name: 'Remove this report and its file?' });
    await page.enter(dialog.getByRole('button', { name: 'Remove' }));
    await rows.nth(before - 1).waitFor({ state: 'detached' });
    equal(await page.page.evaluate('document.activeElement.id'), 'reports-title');
  });
}

async function staysLive({ checks, page, ask }: Stage, storeId: string): Promise<void> {
  await checks.check('page: shows a new poll without a reload', async () => {
    await page.enter(page.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Now' }));
    await page.page.getByText('Connection', { exact: true }).waitFor();
    const timestamp = new Date().toISOString();
    const poll = { store_id: storeId, status: 'active', timestamp_utc: timestamp };
    const body = JSON.stringify({ polls: [poll] });
    await ask('/v1/polls', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    await page.page.getByText(/^(just now|\d+ s ago) \(/).waitFor();
  });
}

/** Checks every view in light and dark mode. */
async function isAccessible({ checks, page }: Stage, storeId: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.page.emulateMedia({ colorScheme });
    for (const hash of ['#/', '#/fleet', '#/fleet?as=table', `#/stores/${storeId}`, '#/reports', '#/imports']) {
      await checks.check(`page: axe finds no violations on ${hash} in ${colorScheme} mode`, async () => {
        await page.open(hash);
        await page.page.waitForLoadState('networkidle').catch(() => {}); // the event stream keeps the network busy
        await page.page.getByRole('heading', { level: 1 }).waitFor();
        equal(await page.violations(), []);
      });
    }
  }
}
