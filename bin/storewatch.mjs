#!/usr/bin/env node
// What `npm start` and `npm run storewatch` run. When nothing was built, Node would show no more than a stack.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/src/cli.js', import.meta.url);

if (existsSync(fileURLToPath(cli))) {
  await import(cli.href);
} else {
  process.stderr.write(
    'storewatch: not built, there is no dist/. Run npm ci --include=dev --ignore-scripts=false: it installs everything and builds.\n',
  );
  process.exitCode = 1;
}
