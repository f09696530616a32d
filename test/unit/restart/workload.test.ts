import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { reduceWorkload } from '../../../src/restart/workload.ts';
import { object } from '../resolve/entries.ts';

const marker = `${keytender.annotations.restartPrefix}database`;

function reduced(spec: object, metadata: object = {}) {
  return reduceWorkload(
    'Deployment',
    { ...object('Deployment', 'app', 'team', metadata), spec, status: { replicas: 3 } },
    keytender.annotations.restartPrefix,
  );
}

describe('reduceWorkload', () => {
  it('keeps what decides about a restart, and nothing else', () => {
    const template = { metadata: { annotations: { [marker]: 'c1', other: 'x' } }, spec: { containers: [{ env: [{ value: 'canary' }] }] } };
    const workload = reduced(
      { selector: { matchLabels: { app: 'a' } }, template },
      { annotations: { last: 'canary' }, deletionTimestamp: 'now' },
    );
    expect(workload).toEqual({
      apiVersion: 'v1',
      kind: 'Deployment',
      metadata: {
        name: 'app',
        namespace: 'team',
        uid: 'uid-app',
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
        generation: 3,
        deletionTimestamp: 'now',
      },
      markers: { [marker]: 'c1' },
      hasMoreMarkers: false,
    });
  });

  it('keeps a bounded number of markers, those that are asked for among them, and says that there are more', () => {
    const annotations = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`${keytender.annotations.restartPrefix}s${index}`, 'c']),
    );
    const last = `${keytender.annotations.restartPrefix}s1999`;
    const template = { metadata: { annotations } };
    expect(Object.keys(reduced({ template }).markers)).toHaveLength(32);
    expect(reduced({ template }).hasMoreMarkers).toBe(true);
    const raw = { ...object('Deployment', 'app', 'team'), spec: { template } };
    const { markers } = reduceWorkload('Deployment', raw, keytender.annotations.restartPrefix, [last, 'absent']);
    expect([Object.keys(markers).length, markers[last]]).toEqual([33, 'c']);
  });

  it('keeps no text that is longer than a content id', () => {
    const template = { metadata: { annotations: { [marker]: 'x'.repeat(100_000) } } };
    expect(reduced({ template }).markers).toEqual({ [marker]: '' });
  });

  it('takes a workload without template or selector', () => {
    expect(reduced({}).markers).toEqual({});
    expect(
      reduceWorkload('DaemonSet', object('DaemonSet', 'app') as never, keytender.annotations.restartPrefix).metadata,
    ).not.toHaveProperty('namespace');
  });
});
