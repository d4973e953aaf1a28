import base from '../../jest.config.js';

/** Everything against a real S3 server: npm run test:s3, after test/s3/install-radosgw.sh. */
export default {
  ...base,
  rootDir: '../..',
  globalSetup: '<rootDir>/test/s3/global-setup.ts',
  globalTeardown: '<rootDir>/test/s3/global-teardown.ts',
  testMatch: ['<rootDir>/test/s3/*.s3-spec.ts'],
};
