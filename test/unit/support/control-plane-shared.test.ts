import { describe, expect, it } from '@jest/globals';
import { includesClusterTests } from '../../support/control-plane/jest-global-setup.ts';

describe('includesClusterTests', () => {
  it.each([
    [[], {}, true],
    [['test/cluster'], {}, true],
    [['unit/foo', 'cluster/control-plane'], {}, true],
    [['test/unit'], {}, false],
    [['test/unit'], { KEYTENDER_CLUSTER_TESTS: '1' }, true],
    [[], { KEYTENDER_CLUSTER_TESTS: '0' }, false],
    [['cluster'], { KEYTENDER_CLUSTER_TESTS: '' }, true],
  ])('patterns %j with %j: %s', (patterns, env, included) => expect(includesClusterTests(patterns, env)).toBe(included));
});
