import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { Server } from '../clients/running.js';

const HOUR_MS = 3_600_000;
/** Most lost time of the store in the picture. A store with both uptime and downtime shows more than the worst one. */
const LOST_MS = 20 * HOUR_MS;
/** Charts and canvases are drawn after the data arrive. */
const DRAWN_MS = 2_000;
const SKIPPED_PX = 280;

/** Takes the pictures of the README: the fleet in light mode, a store in dark mode. @param folder target folder */
export async function takeShots(context: BrowserContext, server: Server, key: string, folder: string): Promise<void> {
  const headers = { Authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.http}/v1/fleet/heatmap?basis=observed`, { headers });
  const { stores } = (await answer.json()) as { stores: { store_id: string; lost_ms: number }[] };
  const store = stores.find(({ lost_ms: lost }) => lost <= LOST_MS)!;
  const page = await context.newPage();
  await page.addInitScript(`sessionStorage.setItem('storewatch.key', ${JSON.stringify(key)})`);
  const shots = [
    { name: 'fleet', hash: '#/fleet', colorScheme: 'light', height: 800 },
    { name: 'store', hash: `#/stores/${store.store_id}`, colorScheme: 'dark', height: 1_080 },
  ] as const;
  for (const { name, hash, colorScheme, height } of shots) {
    await page.setViewportSize({ width: 1_280, height });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${server.http}/${hash}`);
    await page.waitForTimeout(DRAWN_MS);
    // Scrolls past the stores that were never up.
    await page.evaluate(`document.querySelector('.heat-scroll')?.scrollBy(0, ${SKIPPED_PX})`);
    await page.waitForTimeout(DRAWN_MS);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
  await page.close();
}
