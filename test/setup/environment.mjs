import { TestEnvironment } from 'jest-environment-node';

/** Built-in classes and values of the language and of Node.js: Array, Error, URL, .. */
const INTRINSICS = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]/.test(name));

/**
 * Jest's own code runs in a V8 context with its own Array and Error. Specs do not (see spec-runner.mjs), so
 * `expect.any(String)` and the like must use those of Node.js.
 */
export default class SameRealm extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of INTRINSICS) {
      if (Object.getOwnPropertyDescriptor(this.global, name)?.writable) this.global[name] = globalThis[name];
    }
  }
}
