import { availableParallelism } from 'node:os';

// Where npm was told to run no scripts, this is the machine's own Node, and what follows would be a stack that says nothing.
const OLDEST_NODE = '22.17';
if (process.versions.node.localeCompare(OLDEST_NODE, 'en', { numeric: true }) < 0) {
  process.stderr.write(
    `storewatch: this is Node ${process.versions.node}, and the tests need ${OLDEST_NODE} or newer. npm test uses the Node that ` +
      'npm ci installed; where there is none: npm ci --include=dev --ignore-scripts=false.\n',
  );
  process.exit(1);
}

export default {
  rootDir: '.',
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  testMatch: ['<rootDir>/{libs,src,test,web}/**/*.spec.ts'],
  testEnvironment: '<rootDir>/test/setup/environment.mjs',
  testRunner: '<rootDir>/test/setup/spec-runner.mjs',
  transform: {}, // Node.js loads all of it, see spec-runner.mjs
  reporters: ['default', '<rootDir>/test/setup/summary.mjs'],
  testTimeout: 120_000,
  // much of the time is spent on waiting, for PostgreSQL and for deadlines
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  workerIdleMemoryLimit: '1GB',
};
