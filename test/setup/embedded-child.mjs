// A process that opens the embedded database in the folder given as its argument, tells its parent, and releases it
// when told. For the tests.
import { once } from 'node:events';

const { openEmbeddedPostgres } = await import('../../src/platform/database/embedded/embedded-postgres.js');

try {
  const database = await openEmbeddedPostgres(process.argv[2], { settings: { fsync: 'off', shared_buffers: '16MB' } });
  process.send({ url: database.url, started: database.started });
  await once(process, 'message');
  await database.release();
} catch (error) {
  process.send({ error: error.message });
}
process.disconnect();
