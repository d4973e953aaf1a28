import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { equal, matches } from './checks.js';
import { run, Server } from './running.js';
import type { World } from './world.js';

const PAGE = 'docs/api.md';

/** A section of the page: its heading, its commands, and the lines of output that it shows. */
interface Section {
  readonly heading: string;
  readonly commands: readonly string[];
  readonly shown: readonly string[];
}

function sectionsOf(page: string): Section[] {
  return page.split(/^## /m).map((text) => {
    const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
    return {
      heading: text.slice(0, text.indexOf('\n')),
      commands: blocks.filter(([, language]) => language === 'sh').map(([, , code]) => code),
      shown: blocks.filter(([, language]) => language === '').flatMap(([, , code]) => code.trimEnd().split('\n')),
    };
  });
}

/** Separates the outputs of the sections. */
const MARK = '\u001e';

/** One script, because later sections use variables and files of earlier ones. A failing command stops it and is printed. */
const scriptOf = (sections: readonly Section[], dir: string, { http, grpc }: Server): string =>
  [
    'set -eEuo pipefail',
    `cd '${dir}'`,
    `trap 'echo "failed: $BASH_COMMAND" >&2' ERR`,
    ...sections.map(({ commands }, index) => `echo '${MARK}${index}'\n${commands.join('')}`),
  ]
    .join('\n')
    .replaceAll('http://127.0.0.1:3000', http)
    .replaceAll('127.0.0.1:50051', grpc);

/** Runs the examples of docs/api.md in a temporary folder, against a server of their own that needs no key. */
export async function apiPageChecks({ scope, checks }: Pick<World, 'scope' | 'checks'>): Promise<void> {
  const server = await Server.start(scope, { STOREWATCH_HOME: scope.path('api-page-home'), API_KEYS: 'auto' });
  const sections = sectionsOf(await readFile(PAGE, 'utf8'));
  const outputs = new Map<string, string>();
  const dir = scope.path('api-page');
  const script = scope.path('api-page.sh');
  await mkdir(dir);
  await symlink(resolve('node_modules'), join(dir, 'node_modules')); // npx looks here for buf
  await writeFile(scope.path('.curlrc'), 'fail-with-body\nsilent\nshow-error\nwrite-out = "\\n"\n');
  await writeFile(script, scriptOf(sections, dir, server));

  await checks.check(`${PAGE}: every command succeeds`, async () => {
    const { code, out, err } = await run(scope, 'bash', [script], { CURL_HOME: scope.dir });
    for (const part of out.split(MARK).slice(1)) {
      const end = part.indexOf('\n');
      outputs.set(sections[Number(part.slice(0, end))].heading, part.slice(end + 1));
    }
    equal(code, 0, `${err}\n${out.slice(-500)}`);
  });
  const output = (heading: string): string => {
    const text = outputs.get(heading);
    if (text === undefined) throw new Error(`the page has no section "${heading}", or it did not run`);
    return text;
  };

  await checks.check(`${PAGE}: the output has the lines shown`, async () => {
    const shown = sections.flatMap(({ heading, shown: lines }) => lines.map((line) => ({ heading, line })));
    equal(shown.length >= 2, true, 'the page shows no output');
    for (const { heading, line } of shown)
      equal(output(heading).split('\n').includes(line), true, `not printed: ${line}`);
  });
  await checks.check(`${PAGE}: the store has its calendar`, async () => {
    const text = output('Create a store');
    const store = text.split('\n').findLast((line) => line.startsWith('{"store_id":"corner-shop"'));
    equal(JSON.parse(store ?? 'null'), {
      store_id: 'corner-shop',
      name: 'Corner Shop',
      tags: { region: 'North', brand: 'Corner' },
      timezone: 'America/New_York',
      timezone_is_default: false,
      business_hours: [{ day_of_week: 0, start_time_local: '09:00:00', end_time_local: '12:00:00' }],
      special_hours: [{ date: '2026-12-25', hours: [] }],
      opened_on: '2025-06-01',
      closed_on: null,
    });
    matches(text, /"next_page_token":"/);
    matches(text, /"America\/New_York"/);
  });
  await checks.check(`${PAGE}: the rejected poll is named`, async () => {
    matches(output('Send polls'), /"accepted":1,.*"rejects":\[\{"index":1,"field":"status","reason":"\\"maybe\\" is /);
  });
  await checks.check(`${PAGE}: the file is imported once, and its rejected row is listed`, async () => {
    const text = output('Import a file');
    matches(text, /"status":"Complete","read":3,"accepted":2,"duplicate":0,"rejected":1,/);
    matches(text, /"status":"Complete","read":3,"accepted":0,"duplicate":2,"rejected":1,/);
    matches(
      text,
      /^line,reason,raw_row\n4,"timestamp_utc: ""yesterday"" is not a timestamp.*"corner-shop,active,yesterday"$/m,
    );
  });
  await checks.check(`${PAGE}: the report has the store's row`, async () => {
    const text = output('Make a report');
    matches(text, /^event: complete$/m);
    matches(text, /^corner-shop,15\.00,1\.02,1\.02,45\.00,1\.98,1\.98$/m);
  });
  await checks.check(`${PAGE}: the custom report has its windows`, async () => {
    const text = output('Make a custom report');
    matches(
      text,
      /^\{"store_id":"corner-shop","windows":\{"last_3_days":\{"open_ms":10800000,.*"morning":\{"open_ms":7200000,/m,
    );
    matches(text, /"name":"nightly","cron":"0 2 \* \* \*"/);
  });
  await checks.check(`${PAGE}: timeline, outages and fleet are of the same store`, async () => {
    const text = output('Timelines, outages and the fleet');
    matches(text, /"status":"active","polled_at":"2026-01-12T15:14:00\.000Z"/);
    matches(
      text,
      /^\{"outages":\[\{"store_id":"corner-shop","store_name":"Corner Shop","start":"2026-01-12T14:00:00\.000Z"/m,
    );
    matches(text, /"stores":\{"total":201,/);
    matches(text, /"up_percent":\[/);
  });
  await checks.check(`${PAGE}: gRPC lists the methods and downloads the report`, async () => {
    const text = output('gRPC');
    matches(text, /^storewatch\.v1\.ReportsService\/DownloadReport$/m);
    matches(text, /"duplicate": 1/);
    const data = [...text.matchAll(/"data": "([^"]+)"/g)].map(([, base64]) => Buffer.from(base64, 'base64').toString());
    matches(data.join(''), /"store_id":"corner-shop"/);
    matches(text, /"storeId": "corner-shop",\s+"start": "2026-01-12T14:00:00Z"/);
  });
}
