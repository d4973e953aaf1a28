import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import circus from 'jest-circus/runner';
import { JEST, specHooks } from './spec-hooks.mjs';

const REFUSED = ['mock', 'doMock', 'unstable_mockModule', 'isolateModulesAsync', 'resetModules', 'useFakeTimers'];

// A fifth of the time of each command that a test runs. This process has none: V8 is set otherwise here than in a command, and each
// would throw away what the other has compiled.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'storewatch-test-compiled');

let hooks;
let specs = 0;

/**
 * Jest's runner, except that Node.js itself loads the spec and what it imports. Jest would load all 2,900 modules of the
 * program anew for each spec file, 1 to 3 s of processor time. So:
 *
 * - sources and packages are loaded once in each worker process: what a module keeps, later spec files of that process see;
 * - the spec and the helpers in test/ are loaded anew for each spec file, since they may call beforeEach and the like;
 * - jest.fn and jest.spyOn work; what would have to reach into Jest's own modules and clocks is refused.
 */
export default async function run(globalConfig, config, environment, runtime, testPath, send) {
  hooks ??= registerHooks(specHooks(config.rootDir));
  process.setSourceMapsEnabled(true);
  runtime.unstable_shouldLoadAsEsm = (path) => path === testPath;
  runtime.unstable_importModule = async (path) => {
    // Node.js has the source maps, not Jest
    Error.prepareStackTrace = undefined;
    const globals = runtime.requireModuleOrMock(path, '@jest/globals');
    for (const name of REFUSED) {
      globals.jest[name] = () => {
        throw new Error(`jest.${name} has no effect in these tests: test/setup/spec-runner.mjs says why`);
      };
    }
    globalThis[JEST] = globals;
    Object.assign(globalThis, globals); // for specs that import none
    specs += 1;
    await import(`${pathToFileURL(path).href}?spec=${specs}`);
  };
  try {
    return await circus.default(globalConfig, config, environment, runtime, testPath, send);
  } finally {
    // a spy on a class would still be there for the next spec file
    runtime.restoreAllMocks();
  }
}
