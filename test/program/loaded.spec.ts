import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { checkBuilt } from './command.js';

const WATCH = `import { registerHooks } from 'node:module';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    packages.add(/.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);
    return next(url, context);
  },
});
await import('reflect-metadata');
`;

/** The packages that a built module loads when the process has these arguments. */
async function packagesOf(module: string, ...args: string[]): Promise<string[]> {
  const script = `${WATCH} await import('${pathToFileURL(resolve('dist/src', module)).href}');
    process.stdout.write(JSON.stringify([...packages].filter(Boolean)));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    module,
    ...args,
  ]);
  return JSON.parse(stdout.split('\n').at(-1)!) as string[];
}

// 717 modules with their dependencies: 12 MB of memory and 0.3 s of every start (2026-11-26).
const OF_WHO_LISTENS = ['@grpc/grpc-js', '@nestjs/swagger', 'express', 'protobufjs'];

beforeAll(checkBuilt);

it('version, help and usage errors load only the packages of the command line', async () => {
  expect(await packagesOf('cli.js', '--version')).toEqual(['reflect-metadata', 'commander']);
});

describe('gRPC, Swagger and Express', () => {
  it('are not loaded by commands or the bulk thread', async () => {
    const loaded = await packagesOf('app/process-context.js');
    expect(loaded).toContain('@nestjs/core');
    expect(loaded.filter((name) => OF_WHO_LISTENS.includes(name))).toEqual([]);
  });

  it('are loaded by a server', async () => {
    expect(await packagesOf('app/start-server.js')).toEqual(expect.arrayContaining(OF_WHO_LISTENS));
  });
});
