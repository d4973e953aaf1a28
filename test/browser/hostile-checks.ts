import type { BrowserContext, Page } from 'playwright-core';
import type { Scope } from '#bench/scope.js';
import { type Checks, equal } from '../clients/checks.js';
import { samplesOf } from '../e2e/metrics.js';
import type { Server } from '../clients/running.js';
import { ATTACKS, HOSTILE_PAGE, REBOUND, startHostileSite } from './hostile-site.js';

/** Time limit of one attack. An attack that hangs has gained nothing. */
const ATTACK_MS = 5_000;
/** The browser itself blocks some attacks after a preflight that the server rejects. */
const LEAST_REFUSALS = 20;

/**
 * Checks that a page of another site can do nothing to a server without API keys on the same machine as the browser.
 * @param context of a browser with HOSTILE_ARGS
 */
export async function checkHostile(
  checks: Checks,
  scope: Scope,
  context: BrowserContext,
  server: Server,
): Promise<void> {
  const [evil, { port }] = [await startHostileSite(scope), new URL(server.http)];
  const before = await stateOf(server);
  const sites = [
    { from: `http://127.0.0.1:${evil}/`, target: server.http },
    { from: `http://localhost:${evil}/`, target: server.http },
    { from: `http://evil.test:${evil}/`, target: server.http },
    { from: `http://evil.test:${evil}/`, target: `http://localhost:${port}` },
    // The page was loaded before its name resolved to this machine.
    ...REBOUND.map((name) => ({ from: `http://${name}:${port}/vouchers`, target: `http://${name}:${port}` })),
  ];
  await context.route('**/vouchers', (route) => route.fulfill({ contentType: 'text/html', body: HOSTILE_PAGE }));
  for (const { from, target } of sites) {
    await checks.check(`hostile: ${from} reads and changes nothing at ${target}`, async () => {
      const [page, counted] = [await context.newPage(), await answersOf(server)];
      await page.goto(from);
      const gains = await Promise.all(
        Object.entries(ATTACKS).map(async ([name, attack]) => [name, await gain(page, target, attack)]),
      );
      equal(
        gains.filter(([, gained]) => gained !== ''),
        [],
      );
      const grpc = `fetch('http://${server.grpc}/storewatch.v1.ReportsService/TriggerReport', { method: 'POST', mode: 'no-cors' })`;
      equal(await gain(page, target, `${grpc}.then(({ status }) => String(status))`), '');
      await page.close();
      equal(await stateOf(server), before);
      // The requests reached the server, and the server rejected them.
      const now = await answersOf(server);
      const refusals = now.refused - counted.refused;
      equal([now.writes - counted.writes, refusals >= LEAST_REFUSALS], [0, true], `${refusals} were rejected`);
    });
  }
  await checks.check('hostile: a link on another site opens the page and Swagger UI, but no data', async () => {
    for (const [path, status] of Object.entries({ '/': 200, '/docs': 200, '/v1/stores': 403, '/metrics': 403 })) {
      const page = await context.newPage();
      await page.goto(`http://evil.test:${evil}/`);
      await page.evaluate(`document.body.innerHTML = '<a href="${server.http}${path}">vouchers</a>'`);
      const [answer] = await Promise.all([
        page.waitForResponse(`${server.http}${path}`),
        page.getByRole('link').click(),
      ]);
      equal([path, answer.status()], [path, status]);
      if (path === '/') await page.locator('a.tile').first().waitFor();
      if (path === '/docs') await page.locator('.opblock').first().waitFor();
      await page.close();
    }
  });
}

/** What an attack has read. */
async function gain(page: Page, target: string, attack: string): Promise<unknown> {
  const attempt = `(async (target) => {
    const late = new Promise((done) => setTimeout(done, ${ATTACK_MS}, ''));
    return Promise.race([late, (async () => ${attack})().catch(() => '')]);
  })(${JSON.stringify(target)})`;
  return page.evaluate(attempt);
}

/** The server's own counts: responses with 403, and state-changing requests that were carried out. */
async function answersOf({ http }: Server): Promise<{ refused: number; writes: number }> {
  const samples = [...samplesOf(await (await fetch(`${http}/metrics`)).text())];
  const sum = (labels: RegExp): number =>
    samples.reduce(
      (total, [name, value]) =>
        name.startsWith('storewatch_http_request_duration_seconds_count') && labels.test(name) ? total + value : total,
      0,
    );
  return { refused: sum(/status="403"/), writes: sum(/method="(POST|PUT|DELETE)".*status="2/) };
}

/** The data that the attacks could change. */
async function stateOf({ http }: Server): Promise<unknown> {
  const ask = async (path: string): Promise<unknown> => (await fetch(http + path)).json();
  const { reports } = (await ask('/v1/reports')) as { reports: { report_id: string }[] };
  const { imports } = (await ask('/v1/imports')) as { imports: { import_id: string }[] };
  return {
    reports: reports.map(({ report_id: id }) => id),
    imports: imports.map(({ import_id: id }) => id),
    forged: (await fetch(`${http}/v1/stores/forged`)).status,
    nightly: (await fetch(`${http}/v1/schedules/nightly`)).status,
  };
}
