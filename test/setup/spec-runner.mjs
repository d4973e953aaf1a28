import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import circus from 'jest-circus/runner';
import { JEST, specHooks } from './spec-hooks.mjs';

const REFUSED = ['mock', 'doMock', 'unstable_mockModule', 'isolateModulesAsync', 'resetModules', 'useFakeTimers'];

// The compile cache saves a fifth of the time of each command that a test runs. This process does not use it: its V8
// flags differ from those of a command, and each would discard what the other has compiled.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'storewatch-test-compiled');

let hooks;
let specs = 0;

/**
 * Jest's runner, except that Node.js itself loads the spec and its imports. Jest would load all 2,900 modules of the
 * program again for each spec file, which takes 1 to 3 s of processor time. Therefore:
 *
 * - sources and packages are loaded once per worker process, so later spec files of that process see their state;
 * - the spec and the helpers in test/ are loaded again for each spec file, because they may call beforeEach and the
 * like;
 * - jest.fn and jest.spyOn work; functions that need Jest's own modules and clocks throw.
 */
export default async function run(globalConfig, config, environment, runtime, testPath, send) {
  hooks ??= registerHooks(specHooks(config.rootDir));
  process.setSourceMapsEnabled(true);
  runtime.unstable_shouldLoadAsEsm = (path) => path === testPath;
  runtime.unstable_importModule = async (path) => {
    // Node.js has the source maps; Jest does not.
    Error.prepareStackTrace = undefined;
    const globals = runtime.requireModuleOrMock(path, '@jest/globals');
    for (const name of REFUSED) {
      globals.jest[name] = () => {
        throw new Error(`jest.${name} has no effect in these tests: test/setup/spec-runner.mjs says why`);
      };
    }
    globalThis[JEST] = globals;
    Object.assign(globalThis, globals); // for specs that do not import it
    specs += 1;
    await import(`${pathToFileURL(path).href}?spec=${specs}`);
  };
  try {
    return await circus.default(globalConfig, config, environment, runtime, testPath, send);
  } finally {
    // A spy on a class would otherwise remain in the next spec file.
    runtime.restoreAllMocks();
  }
}
