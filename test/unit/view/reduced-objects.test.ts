import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import { parseWithout } from '../../../src/kube/rest/omit-members.ts';
import { reduceConsumer } from '../../../src/restart/consumer/reduce-consumer.ts';
import { omittedOf, reduceExternalSecret, reduceNamespace, reduceStore } from '../../../src/view/reduced-objects.ts';

const core = {
  name: 'orders',
  namespace: 'team',
  uid: 'u1',
  resourceVersion: '7',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
};

function raw(metadata: object, others: object = {}): KubeObject {
  const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{"large":true}' };
  const { annotations, ...rest } = metadata as { annotations?: object };
  return {
    apiVersion: 'v1',
    kind: 'Any',
    metadata: {
      ...core,
      labels: { team: 'a' },
      finalizers: ['x'],
      ownerReferences: [],
      annotations: { ...applied, ...annotations },
      managedFields: [{}],
      ...rest,
    },
    ...others,
  } as unknown as KubeObject;
}

describe('reduced objects', () => {
  it('keeps of an ExternalSecret what reconciling reads, and no annotation but that which asks for a refresh', () => {
    const parts = { spec: { target: {} }, status: { content: 'c' } };
    expect(reduceExternalSecret(raw({}, { ...parts, other: 1 }), keytender.annotations.forceSync)).toEqual({
      apiVersion: 'v1',
      kind: 'Any',
      metadata: core,
      ...parts,
    });
    const annotations = { [keytender.annotations.forceSync]: 'now' };
    const deletionTimestamp = '2026-01-02T00:00:00Z';
    expect(reduceExternalSecret(raw({ annotations, deletionTimestamp }, { spec: {} }), keytender.annotations.forceSync)).toEqual({
      apiVersion: 'v1',
      kind: 'Any',
      metadata: { ...core, deletionTimestamp, annotations },
      spec: {},
    });
  });

  it('keeps of a store its specification and status, and of a namespace its labels', () => {
    expect(reduceStore(raw({}, { spec: { a: 1 }, status: { b: 2 } }))).toEqual({
      apiVersion: 'v1',
      kind: 'Any',
      metadata: core,
      spec: { a: 1 },
      status: { b: 2 },
    });
    expect(reduceNamespace(raw({}, { spec: {} }))).toEqual({ apiVersion: 'v1', kind: 'Any', metadata: { ...core, labels: { team: 'a' } } });
    expect(reduceNamespace(raw({ labels: undefined })).metadata).toEqual(core);
  });

  it('keeps no more of a namespace or of a refresh annotation than has a use', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`label-${index}`, '']));
    expect(reduceNamespace(raw({ labels: many })).metadata.labels).toBeUndefined();
    expect(reduceNamespace(raw({ labels: { a: 'b' } })).metadata.labels).toEqual({ a: 'b' });
    const { metadata } = reduceExternalSecret(
      raw({ annotations: { [keytender.annotations.forceSync]: 'x'.repeat(200_000) } }),
      keytender.annotations.forceSync,
    );
    expect(metadata.annotations?.[keytender.annotations.forceSync]).toBe('x'.repeat(2_048));
  });

  it('makes the same of a workload whose finalizers and managed fields were left out before it was parsed', () => {
    const template = { metadata: { labels: { app: 'a' }, annotations: { 'restart.keytender.dev/db': 'k1:x' } } };
    const annotations = { large: 'x'.repeat(100_000), 'workload.keytender.dev/restart': 'true' };
    const full = raw(
      { annotations, ownerReferences: [{ kind: 'Kafka', name: 'k', controller: true }] },
      { spec: { paused: true, template } },
    );
    const left = parseWithout(JSON.stringify(full), 1, omittedOf.consumer) as KubeObject;
    const reduced = (object: KubeObject) => reduceConsumer('Deployment', object, keytender.annotations);
    expect(reduced(left)).toEqual(reduced(full));
    expect(reduced(left)).toMatchObject({
      metadata: { ...core, labels: { team: 'a' } },
      markers: { 'restart.keytender.dev/db': 'k1:x' },
      settings: { restart: true },
      owner: { kind: 'Kafka', name: 'k' },
    });
  });
});
