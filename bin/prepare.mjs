// npm runs this at the end of `npm ci`. It builds, unless the development dependencies were omitted. That is not an error: an image
// or a machine that receives a finished dist/ does not need them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync('node_modules/@nestjs/cli')) {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write(
    'storewatch: not built, because development dependencies are not installed (NODE_ENV=production or --omit=dev). ' +
      'To build, run: npm ci --include=dev. Otherwise copy dist/ from a build and use Node 22.17 or newer.\n',
  );
}
