// What is kept of a workload, and that nothing else is.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import { type ConsumerKind, consumerKinds } from '../../../../src/restart/consumer/consumer.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { rolloutHealth } from '../../../../src/restart/rollout/health.ts';
import { consumerKindOf } from '../../../../src/view/consumer-kinds.ts';
import { raw, reduced } from './workloads.ts';

const KIB = 1024;

/** Values in the places of a workload where others are expected, with the names that it has. */
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 7 },
    fc.constantFrom<unknown>(null, true, 0, -1, 1e300, '', 'a', 'Secret', '__proto__', 'x'.repeat(300)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        ...['spec', 'template', 'metadata', 'annotations', 'labels', 'containers', 'initContainers', 'env', 'envFrom', 'valueFrom'],
        ...['secretKeyRef', 'configMapKeyRef', 'secretRef', 'name', 'key', 'volumes', 'secret', 'secretName', 'configMap', 'items'],
        ...['projected', 'sources', 'path', 'volumeMounts', 'subPath', 'imagePullSecrets', 'status', 'conditions', 'type', 'reason'],
        ...['strategy', 'canary', 'steps', 'pause', 'pauseConditions', 'replicas', 'workloadRef', 'kind', 'ownerReferences', 'controller'],
        ...['constructor', 'toString', 'workload.keytender.dev/restart', 'workload.keytender.dev/live-reload', 'restart.keytender.dev/a'],
      ),
      tie('value'),
      { maxKeys: 8 },
    ),
  ),
})).value;

describe('reduceConsumer', () => {
  it('keeps what decides about a restart, and nothing else', () => {
    const workload = reduced({
      metadata: {
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'canary' },
        labels: { app: 'web' },
        finalizers: ['canary'],
        ownerReferences: [{ kind: 'canary', name: 'canary', uid: 'u' }],
      },
      podSpec: { containers: [{ name: 'canary', image: 'canary', env: [{ name: 'canary', value: 'canary' }] }] },
      status: { conditions: [{ type: 'Progressing', message: 'canary' }] },
    });
    expect(JSON.stringify(workload)).not.toContain('canary');
    expect(workload).toMatchObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app', namespace: 'team', labels: { app: 'web' } },
      consumes: [],
      hasMoreReferences: false,
      markers: {},
      problems: [],
    });
    expect(workload).not.toHaveProperty('owner');
    expect(reduced({}, 'Rollout').apiVersion).toBe('argoproj.io/v1alpha1');
  });

  it('shares the empty parts of workloads', () => {
    const [one, other] = [reduced(), reduced()];
    for (const part of ['consumes', 'markers', 'settings', 'problems'] as const) expect(one[part]).toBe(other[part]);
  });

  it('does not depend on the order of the template', () => {
    const envFrom = [{ secretRef: { name: 'b' } }, { configMapRef: { name: 'z' } }, { secretRef: { name: 'a' } }];
    const of = (list: readonly object[]) => reduced({ podSpec: { containers: [{ envFrom: list }] } }).consumes;
    expect(of(envFrom)).toEqual(of([...envFrom].reverse()));
  });

  it('takes a workload of any shape, and keeps little of it', () => {
    fc.assert(
      fc.property(anyJson, anyJson, anyJson, fc.constantFrom<ConsumerKind>(...consumerKinds), (spec, status, annotations, kind) => {
        const object = raw(kind, { metadata: { annotations, labels: { app: 'a' } }, status });
        const consumer = reduceConsumer(kind, { ...object, spec } as KubeObject, keytender.annotations);
        expect(JSON.stringify(consumer).length).toBeLessThan(8 * KIB);
        expect(consumerKindOf(kind, keytender).costOf(consumer)).toBeLessThan(16 * KIB);
        expect(['settled', 'empty', 'rolling', 'blocked', 'failed']).toContain(rolloutHealth(consumer).state);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps a bounded part of the largest objects', () => {
    const names = Array.from({ length: 30_000 }, (_, index) => `s${index}-${'n'.repeat(20)}`);
    const podSpecs = [
      { containers: names.map((name) => ({ name, envFrom: [{ secretRef: { name } }] })) },
      { volumes: names.map((name) => ({ name, secret: { secretName: name } })) },
      { containers: [{ env: names.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: 's', key } } })) }] },
      { volumes: [{ name: 'v', configMap: { name: 'c', items: names.map((key) => ({ key, path: key })) } }] },
      { imagePullSecrets: names.map((name) => ({ name })) },
    ];
    for (const podSpec of podSpecs) expect(JSON.stringify(reduced({ podSpec })).length).toBeLessThan(64 * KIB);
    const long = Array.from({ length: 500 }, (_, index) => `s${index}`.padEnd(253, 'n'));
    const containers = [{ env: long.map((name) => ({ valueFrom: { secretKeyRef: { name, key: name } } })) }];
    expect(JSON.stringify(reduced({ podSpec: { containers } })).length).toBeLessThan(300 * KIB);
  });
});
