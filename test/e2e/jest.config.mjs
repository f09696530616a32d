// Jest for `npm run e2e`: as for `npm test`, but with these files and without a shared control plane. Each file names its requirements.
import base from '../../jest.config.json' with { type: 'json' };

const { globalSetup: _setup, globalTeardown: _teardown, collectCoverageFrom: _coverage, ...shared } = base;

export default {
  ...shared,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
  testSequencer: '<rootDir>/test/e2e/in-order.mjs',
  testTimeout: 180_000,
};
