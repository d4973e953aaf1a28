import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { Settings } from '../../src/platform/config/settings.js';
import type { Database } from '../../src/platform/database/database.js';
import { Importer } from '../../src/features/ingestion/imports/importer.js';
import { ImportsService } from '../../src/features/ingestion/imports/imports.service.js';
import { createContext, openDatabase } from '../../src/app/process-context.js';
import { createTestDatabase } from '../setup/test-database.js';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let close: () => Promise<void>;
let program: INestApplicationContext;
let imports: ImportsService;
let importer: Importer;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const settings = Settings.from({ DATABASE_URL: testDatabase.url, LOG_LEVEL: 'error' });
  ({ database, close } = await openDatabase(settings));
  program = await createContext(settings, database);
  imports = program.get(ImportsService);
  importer = program.get(Importer);
});
afterAll(async () => {
  await program?.close();
  await close?.();
  await testDatabase?.drop();
});

const silence = (): Promise<unknown> =>
  database.pool.query(`update import set heartbeat_at = now() - interval '46 seconds'`);

describe('an import whose process has died', () => {
  it('fails and reports the rows known to be written', async () => {
    const id = randomUUID();
    await database.pool.query(
      `insert into import (id, kind, source, status, read_rows, accepted_rows, started_at)
       values ($1, 'store_status', 'request', 'Running', 9000, 4200, now())`,
      [id],
    );
    expect(await imports.failAbandoned()).toBe(0);
    await silence();

    expect(await imports.failAbandoned()).toBe(1);

    expect(await imports.find(id)).toMatchObject({
      status: 'Failed',
      finishedAt: expect.any(Date),
      error:
        'The process that read the file stopped after writing 4200 rows. Send the file again; rows already written count as duplicates.',
    });
  });
});

describe('an import that was given up but resumes', () => {
  it('stays failed, does no harm, and can be sent again', async () => {
    const stream = Readable.from(
      (async function* () {
        yield Buffer.from('store_id,status,timestamp_utc\ns,active,2026-10-05 10:10:00 UTC\n');
        await silence();
        await imports.failAbandoned();
        yield Buffer.from('s,inactive,2026-10-05 11:10:00 UTC\n');
      })(),
    );

    const { id } = await importer.importFile('store_status', 'test', stream);

    expect(await imports.find(id)).toMatchObject({ status: 'Failed', acceptedRows: 0 });
    const again = Readable.from([
      Buffer.from(
        'store_id,status,timestamp_utc\ns,active,2026-10-05 10:10:00 UTC\ns,inactive,2026-10-05 11:10:00 UTC\n',
      ),
    ]);
    expect(await importer.importFile('store_status', 'test', again)).toMatchObject({
      status: 'Complete',
      acceptedRows: 0,
      duplicateRows: 2,
    });
  });
});
