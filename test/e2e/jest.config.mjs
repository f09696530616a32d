// Jest for `npm run e2e`: as for `npm test`, but these files and no shared control plane: each file says what it needs.
import base from '../../jest.config.json' with { type: 'json' };

const { globalSetup: _setup, globalTeardown: _teardown, collectCoverageFrom: _coverage, ...shared } = base;

export default {
  ...shared,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
  testSequencer: '<rootDir>/test/e2e/in-order.mjs',
  testTimeout: 180_000,
};
