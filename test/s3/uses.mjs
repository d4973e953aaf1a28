// Uses the storage of STORAGE_URL in every way, and prints the error of each use as JSON: [use, code, message, whole
// error]. It runs in a separate process, with the built program, because the AWS SDK reads the environment of its
// process, and Jest's realm hides the codes of Node's errors from it.
import { inspect } from 'node:util';
import { openStorage } from '../../dist/src/platform/storage/open-storage.js';
import { parseStorageUrl } from '../../dist/src/platform/storage/storage-url.js';

const storage = await openStorage(parseStorageUrl(process.env.STORAGE_URL));
const uses = {
  'could not store a/x.csv': () => storage.put('a/x.csv', ['1']),
  'could not read a/x.csv': () => storage.get('a/x.csv'),
  'could not remove a/x*': () => storage.removeAll('a/x'),
  'cannot be used': () => storage.check(),
};
const said = await Promise.all(
  Object.entries(uses).map(async ([use, run]) => {
    const error = await run().then(
      () => new Error('it went well'),
      (thrown) => thrown,
    );
    return [
      `The storage ${storage.place} ${use}: `,
      error.code,
      error.message,
      inspect(error, { depth: 10, showHidden: true }),
    ];
  }),
);
process.stdout.write(JSON.stringify(said));
