import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { floorToHour } from '#libs/instant/instant.js';
import { Importer } from '../features/ingestion/imports/importer.js';
import { ReportRequests } from '../features/reports/request/report-requests.js';
import { ReportsService } from '../features/reports/reports.service.js';
import type { Roles } from '../platform/config/roles.js';
import { SAMPLE_IMPORT_ID, SAMPLE_REPORT_ID, SAMPLE_SPECIAL_DATE, SAMPLE_STORE_ID } from '../sample-data/examples.js';
import { generateSampleData } from '../sample-data/generate.js';
import { TimezonesService } from '../features/timezones/timezones.service.js';
import { loadFolder } from './load.js';

const SAMPLE = { stores: 200, days: 8, seed: 7, names: true };
const POLL_INTERVAL_MS = 50;

/**
 * Loads sample data that ends now, and requests a report of it. The ids are those in the examples of the OpenAPI document, so
 * the examples work.
 * @param say prints progress for the user
 */
export async function loadSample(
  app: INestApplicationContext,
  roles: Roles,
  say: (text: string) => void,
): Promise<void> {
  say(`The database is empty: loading sample data of ${SAMPLE.stores} stores.`);
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-sample-'));
  try {
    await generateSampleData(dir, { ...SAMPLE, endMs: floorToHour(Date.now()) });
    await loadFolder(dir, app.get(Importer), { ids: { store_status: SAMPLE_IMPORT_ID } });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  await app.get(TimezonesService).setSpecialHours(SAMPLE_STORE_ID, SAMPLE_SPECIAL_DATE, []);
  const reports = app.get(ReportsService);
  let report = await app.get(ReportRequests).trigger({}, { id: SAMPLE_REPORT_ID });
  if (!roles.has('worker')) {
    say('A first report waits for a worker.');
    return;
  }
  while (report.status === 'Running') {
    await sleep(POLL_INTERVAL_MS);
    report = await reports.find(report.id);
  }
  const outcome = report.status === 'Complete' ? reports.location(report) : `failed: ${report.error}`;
  say(`A first report: ${outcome}`);
}
