// Jest's testSequencer for e2e: files in the order of their names, so that user.test.ts can use the image that image.test.ts has built.
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
