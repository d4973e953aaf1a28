import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { DueRuns } from '../../src/features/schedules/due-runs.js';
import { loadExample } from '../e2e/example.js';
import { newReport, send, sendJson } from '../e2e/rest.js';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { SetClock } from '../program/nights.js';
import { Bucket, awsEnvironment, setEnvironment } from './bucket.js';

/** What latest.json says of the newest run. */
interface Pointer {
  run_id: string;
  due_at: string;
  key: string;
  account_key: string;
  size_bytes: number;
  sha256: string;
}

interface Run {
  status: string;
  artifact: object | null;
}

const clock = new SetClock();
let bucket: Bucket;
let server: Storewatch;

beforeEach(async () => {
  setEnvironment(awsEnvironment());
  bucket = await Bucket.create();
  clock.set('2023-01-23T20:00:00Z'); // a Monday
  server = await startStorewatch({ STORAGE_URL: bucket.url('exports') }, { clock });
  await loadExample(server);
});
afterEach(async () => {
  await server.close();
  bucket.close();
});

describe("last night's file in S3", () => {
  it.each([false, true])(
    'is found through latest.json by any client, and is the report of 02:00; gzip: %s',
    async (gzip) => {
      const schedule = { name: 'morning', cron: '0 2 * * *', timezone: 'America/Chicago', gzip };
      expect(await sendJson(server, 'POST', '/v1/schedules', schedule)).toMatchObject({ status: 201 });

      clock.set('2023-01-24T08:05:00Z'); // five past two in Chicago
      await server.app.get(DueRuns).queueDue();
      let run: Run = { status: 'Running', artifact: null };
      while (run.status === 'Running') {
        await sleep(50);
        run = (await send(server, '/v1/schedules/morning/runs/2023-01-24')).json() as Run;
      }

      // A client that knows only the bucket.
      const pointer = JSON.parse((await bucket.read('exports/morning/latest.json')).toString()) as Pointer;
      const file = await bucket.read(`exports/${pointer.key}`);
      expect(pointer).toMatchObject({
        run_id: '2023-01-24',
        due_at: '2023-01-24T08:00:00.000Z',
        key: `morning/2023-01-24/report.csv${gzip ? '.gz' : ''}`,
        size_bytes: file.length,
        sha256: createHash('sha256').update(file).digest('hex'),
      });
      expect(JSON.parse((await bucket.read(`exports/${pointer.account_key}`)).toString())).toMatchObject(pointer);

      // A client that requests a report as of that instant.
      const { id, csv } = await newReport(server, { as_of: pointer.due_at });
      expect((gzip ? gunzipSync(file) : file).toString()).toBe(csv.text);
      expect(csv.text).toMatch(/^A,0\.00,1\.02,/m);
      const report = (await send(server, `/v1/reports/${id}`)).json() as { size_bytes: number; sha256: string };
      if (!gzip) expect(pointer).toMatchObject({ size_bytes: report.size_bytes, sha256: report.sha256 });
      const { key, account_key, size_bytes, sha256 } = pointer;
      expect(run).toMatchObject({ status: 'Complete', artifact: { key, account_key, size_bytes, sha256 } });
    },
  );
});
