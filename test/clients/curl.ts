import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { equal, matches } from './checks.js';
import { run } from './running.js';
import type { World } from './world.js';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The response that curl gets with the API key. */
export async function curl({ scope, server, key }: World, path: string, ...args: string[]): Promise<Answer> {
  const auth = ['-H', `Authorization: Bearer ${key}`];
  const { code, out, err } = await run(scope, 'curl', [
    '-sS',
    '-w',
    '\n%{http_code}',
    ...auth,
    ...args,
    server.http + path,
  ]);
  equal(code, 0, err);
  const end = out.lastIndexOf('\n');
  return { status: Number(out.slice(end + 1)), body: out.slice(0, end) };
}

/** The file of a report, which curl awaits. */
export async function reportFile(world: World, id: string): Promise<Buffer> {
  const file = world.scope.path(`${id}.curl`);
  for (;;) {
    const { status } = await curl(world, `/get_report?report_id=${id}`, '-o', file);
    equal(status, 200);
    const content = await readFile(file);
    if (!content.toString().startsWith('{')) return content;
    await sleep(200);
  }
}

/** How many polls of a store are stored, whatever their time. */
export async function pollsOf(world: World, store: string): Promise<number> {
  const day = 86_400_000;
  const today = Math.floor(Date.now() / day) * day;
  const window = { name: 'yesterday', from: new Date(today - day).toISOString(), to: new Date(today).toISOString() };
  const body = JSON.stringify({ as_of: window.to, stores: [store], windows: [window], format: 'json' });
  const asked = await curl(world, '/v1/reports', '-X', 'POST', '-H', 'Content-Type: application/json', '-d', body);
  equal(asked.status, 202, asked.body);
  const { report_id: id } = JSON.parse(asked.body) as { report_id: string };
  for (;;) {
    const { status, account } = JSON.parse((await curl(world, `/v1/reports/${id}`)).body) as {
      status: string;
      account?: { windows: { polls: number }[] };
    };
    if (account) return account.windows[0].polls;
    equal(status, 'Running');
    await sleep(200);
  }
}

export async function curlChecks(world: World): Promise<void> {
  const { checks, scope, server } = world;
  await checks.check('curl: without a key, only health is answered', async () => {
    for (const [path, status] of [
      ['/readyz', 200],
      ['/livez', 200],
      ['/v1/timezones', 401],
    ] as const) {
      const { out } = await run(scope, 'curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', server.http + path]);
      equal(out, String(status), path);
    }
  });
  await checks.check('curl: a report on all stores', async () => {
    const asked = await curl(world, '/trigger_report', '-X', 'POST');
    const { report_id: id } = JSON.parse(asked.body) as { report_id: string };
    const lines = (await reportFile(world, id)).toString().trimEnd().split('\n');
    matches(lines[0], /^store_id,uptime_last_hour\(in minutes\),/);
    equal(lines.length, 201);
  });
}
