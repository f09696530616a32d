// Jest's testSequencer for e2e: files in the order of their names, so that what image.test.ts has built need not be built again for user.test.ts.
export default class InOrder {
  sort(tests) {
    return [...tests].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    return Promise.resolve();
  }
}
