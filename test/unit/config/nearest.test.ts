import { describe, expect, it } from '@jest/globals';
import { nearest } from '../../../src/config/nearest.ts';

const words = ['concurrency', 'restart', 'log-level', 'log-format', 'namespace', 'namespaces'];

describe('nearest', () => {
  it.each([
    ['concurency', 'concurrency'],
    ['restarts', 'restart'],
    ['loglevel', 'log-level'],
    ['log-fromat', 'log-format'],
    ['namespacess', 'namespaces'],
    ['namespace', 'namespace'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, words)).toBe(meant);
  });

  it.each(['', 'x', 'metrics', 'verbosity'])('takes %j for nothing', (word) => {
    expect(nearest(word, words)).toBeUndefined();
  });
});
