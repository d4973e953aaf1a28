#!/usr/bin/env node
// Entry point of `npm start` and `npm run storewatch`. Without a build, Node itself would only print a stack trace.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/src/cli.js', import.meta.url);

if (existsSync(fileURLToPath(cli))) {
  await import(cli.href);
} else {
  process.stderr.write(
    'storewatch: not built: dist/ does not exist. To install and build, run: npm ci --include=dev --ignore-scripts=false\n',
  );
  process.exitCode = 1;
}
