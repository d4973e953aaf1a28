// What npm runs at the end of `npm ci`: builds, unless the tools for it were left out on purpose. That is no error: an image, or a
// machine that is given a dist/, needs none.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync('node_modules/@nestjs/cli')) {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write(
    'storewatch: not built, because development dependencies were left out (NODE_ENV=production or --omit=dev). ' +
      'Run npm ci --include=dev to build, or copy dist/ from a build and use Node 22.17 or newer.\n',
  );
}
