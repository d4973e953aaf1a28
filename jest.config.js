import { availableParallelism } from 'node:os';

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
