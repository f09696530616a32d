import { describe, expect, it } from '@jest/globals';
import { includesChartTests, includesClusterTests } from '../../support/control-plane/jest-global-setup.ts';

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

describe('includesChartTests', () => {
  it.each([
    [[], true],
    [['test/cluster'], true],
    [['cluster/chart/template.test.ts'], true],
    [['test/cluster/sync'], false],
  ])('patterns %j: %s', (patterns, included) => expect(includesChartTests(patterns)).toBe(included));
});
