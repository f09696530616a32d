import { describe, expect, it } from '@jest/globals';
import { names } from '../../../src/api/names.ts';
import { reduceWorkload } from '../../../src/restart/workload.ts';
import { object } from '../resolve/entries.ts';

const marker = `${names.annotations.restartPrefix}database`;

function reduced(spec: object, metadata: object = {}) {
  return reduceWorkload('Deployment', { ...object('Deployment', 'app', 'team', metadata), spec, status: { replicas: 3 } } as never);
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
      selector: 'app=a',
    });
  });

  it.each([
    [{ matchLabels: { a: '1', b: '2' } }, 'a=1,b=2'],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['x', 'y'] }] }, 'a in (x,y)'],
    [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['x'] }] }, 'a notin (x)'],
    [
      {
        matchExpressions: [
          { key: 'a', operator: 'Exists' },
          { key: 'b', operator: 'DoesNotExist' },
        ],
      },
      'a,!b',
    ],
    [{ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] }, 'a=1,b'],
  ])('writes the selector %j as %s', (selector, text) => {
    expect(reduced({ selector }).selector).toBe(text);
  });

  it('takes a workload without template or selector', () => {
    expect(reduced({})).not.toHaveProperty('selector');
    expect(reduced({ selector: {} }).markers).toEqual({});
    expect(reduceWorkload('DaemonSet', object('DaemonSet', 'app') as never).metadata).not.toHaveProperty('namespace');
  });
});
