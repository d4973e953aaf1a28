import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let dir: string;

/** A checkout without node_modules and dist. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-npm-'));
  for (const name of ['bin', 'package.json']) await cp(name, join(dir, name), { recursive: true });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (script: string): Promise<{ code: unknown; out: string; err: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [script, 'serve'], { cwd: dir }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
  });

describe('the scripts of package.json', () => {
  it('explain what to do when nothing is built', async () => {
    expect(await run('bin/storewatch.mjs')).toEqual({
      code: 1,
      out: '',
      err: 'storewatch: not built: dist/ does not exist. To install and build, run: npm ci --include=dev --ignore-scripts=false\n',
    });
  });

  it('let npm ci succeed without the build tools and say that nothing was built', async () => {
    expect(await run('bin/prepare.mjs')).toEqual({
      code: 0,
      out: expect.stringMatching(
        /^storewatch: not built, because development dependencies are not installed .*--include=dev/,
      ),
      err: '',
    });
  });

  it('start the built program', async () => {
    await mkdir(join(dir, 'dist/src'), { recursive: true });
    await writeFile(join(dir, 'dist/src/cli.js'), 'process.stdout.write(process.argv.slice(2).join());');
    expect(await run('bin/storewatch.mjs')).toEqual({ code: 0, out: 'serve', err: '' });
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(scripts).toMatchObject({
      prepare: 'node bin/prepare.mjs',
      start: 'node bin/storewatch.mjs serve --sample-data',
      storewatch: 'node bin/storewatch.mjs',
    });
  });

  it('explain that the tests need the Node that npm ci installs', async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    const args = ['--import', `data:text/javascript,${encodeURIComponent(old)}`, 'jest.config.js'];
    const err = await new Promise((resolve) => execFile(process.execPath, args, (_error, _out, text) => resolve(text)));
    expect(err).toMatch(/^storewatch: this is Node 20\.20\.2, and the tests need 22\.17 or newer\. .*\.\n$/);
  });

  it('require the Node version that the README names', async () => {
    const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
    const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: { '': { engines: object } } };
    const [, major] = /npm \(Node (\d+) or newer\)/.exec(await readFile('README.md', 'utf8'))!;
    expect([engines, lock.packages[''].engines]).toEqual([{ node: `>=${major}` }, { node: `>=${major}` }]);
  });
});
