// What is kept of a workload, and that nothing else is.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import { type ConsumerKind, consumerKinds } from '../../../../src/restart/consumer/consumer.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { rolloutHealth } from '../../../../src/restart/rollout/health.ts';
import { consumerKindOf } from '../../../../src/view/consumer-kinds.ts';
import { raw, reduced } from './workloads.ts';

const KIB = 1024;

/** A workload with everything that is read. */
function full(kind: ConsumerKind): object {
  const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' }, configMapKeyRef: { name: 'c', key: 'k' } } }];
  const containers = [{ name: 'a', env, envFrom: [{ secretRef: { name: 'e' } }], volumeMounts: [{ name: 'v', subPath: 'k' }] }];
  const items = [{ key: 'k', path: 'k' }];
  const projected = { sources: [{ secret: { name: 'p', items } }, { configMap: { name: 'q' } }] };
  const volumes = [
    { name: 'v', secret: { secretName: 'v', items } },
    { name: 'p', projected },
  ];
  return raw(kind, {
    metadata: {
      annotations: { 'workload.keytender.dev/restart': 'true', 'workload.keytender.dev/live-reload': 'p' },
      ownerReferences: [{ kind: 'K', name: 'n', controller: true }],
    },
    template: { 'restart.keytender.dev/s': '1.c' },
    podSpec: { initContainers: containers, containers, volumes, imagePullSecrets: [{ name: 'i' }] },
    spec: {
      replicas: 1,
      strategy: { type: 'x', canary: { steps: [{ pause: {} }] }, blueGreen: { autoPromotionSeconds: 1 } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    },
    status: {
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      pauseConditions: [{ reason: 'CanaryPauseStep' }, { reason: 'BlueGreenPause' }],
      observedGeneration: 3,
    },
  });
}

type Path = readonly (string | number)[];

/** All parts except the metadata that the API server validates for every kind. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const members = Object.entries(value).flatMap(([name, member]) => pathsIn(member, [...path, name]));
  return (path.length === 0 || path.join() === 'metadata' ? [] : [path]).concat(members);
}

function replaced(value: unknown, [first, ...rest]: Path, by: unknown): unknown {
  if (first === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[first] = replaced(copy[first], rest, by);
  return copy;
}

/** Values in the places of a workload where others are expected, with the names that it has. */
const NAMES = [...new Set(pathsIn(full('Rollout')).flat().map(String)), 'constructor', 'toString'];
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 7 },
    fc.constantFrom<unknown>(null, true, 0, -1, 1e300, '', 'a', 'Secret', '__proto__', 'x'.repeat(300)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 8 }),
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

  it('takes a workload of which any part has another type', () => {
    const odd: readonly unknown[] = [null, 0, '', 'x', true, [], {}, [[]], [null, 0, 'x', {}], { name: {} }, { constructor: 1 }];
    for (const kind of consumerKinds) {
      for (const path of pathsIn(full(kind))) {
        for (const value of odd) {
          const consumer = reduceConsumer(kind, replaced(full(kind), path, value) as KubeObject, keytender.annotations);
          expect(typeof rolloutHealth(consumer).state).toBe('string');
          expect(consumer.consumes.every(({ name, keys }) => typeof name === 'string' && (keys === 'all' || Array.isArray(keys)))).toBe(
            true,
          );
        }
      }
    }
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
