// One tenant must not take all values of a label.
import { describe, expect, it } from '@jest/globals';
import { OwnedLabels } from '../../../../src/telemetry/metrics/owned-labels.ts';

const limits = { installation: 4, perOwner: 2, owned: 6 };

describe('labels with owners', () => {
  it('give an owner a few names, and others theirs', () => {
    const labels = new OwnedLabels(limits);
    const hostile = Array.from({ length: 100 }, (_, n) => labels.of(`h${n}`, 'hostile'));
    expect(new Set(hostile)).toEqual(new Set(['h0', 'h1', 'other']));
    expect(labels.of('mine', 'tenant')).toBe('mine');
    expect(labels.of('h1', 'tenant')).toBe('h1');
  });

  it('leave room for tenants where the installation has many, as by a ClusterSecretStore that reads as each namespace', () => {
    const labels = new OwnedLabels(limits);
    const own = Array.from({ length: 100 }, (_, n) => labels.of(`own${n}`, ''));
    expect(new Set(own)).toEqual(new Set(['own0', 'own1', 'own2', 'own3', 'other']));
    expect(labels.of('mine', 'tenant')).toBe('mine');
  });

  it('leave room for what belongs to the installation, and have a bound for all', () => {
    const labels = new OwnedLabels(limits);
    for (let owner = 0; owner < 50; owner += 1) labels.of(`v${owner}`, `owner-${owner}`);
    expect([labels.of('v5', 'owner-5'), labels.of('v6', 'owner-6')]).toEqual(['v5', 'other']);
    expect(Array.from({ length: 6 }, (_, n) => labels.of(`own${n}`, ''))).toEqual(['own0', 'own1', 'own2', 'own3', 'other', 'other']);
  });
});
