import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load, resolve } from './typescript.mjs';

/** Where a spec file finds its `@jest/globals`. */
export const JEST = Symbol.for('storewatch.jest');

const NAMES = ['afterAll', 'afterEach', 'beforeAll', 'beforeEach', 'describe', 'expect', 'it', 'jest', 'test'];
const SOURCE = `export const { ${NAMES.join(', ')} } = globalThis[Symbol.for('${JEST.description}')];`;
const SCHEME = 'jest-globals:';

/**
 * Hooks of node:module for TypeScript, for `@jest/globals`, and for modules of test/ that belong to one spec file
 * (`?spec=N`).
 */
export function specHooks(rootDir) {
  const tests = `${pathToFileURL(join(rootDir, 'test')).href}/`;
  return {
    resolve(specifier, context, next) {
      const spec = context.parentURL?.startsWith('file:') ? new URL(context.parentURL).search : '';
      if (specifier === '@jest/globals') return { url: `${SCHEME}${spec}`, format: 'module', shortCircuit: true };
      const found = resolve(specifier, context, next);
      return found.url.startsWith(tests) && !found.url.includes('?') ? { ...found, url: found.url + spec } : found;
    },
    load(url, context, next) {
      if (url.startsWith(SCHEME)) return { format: 'module', source: SOURCE, shortCircuit: true };
      return load(url, context, next);
    },
  };
}
