// Workloads in the view: found by what they consume, within the memory of their kind.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { type Consumer, consumerKinds } from '../../../src/restart/consumer/consumer.ts';
import { createClusterView } from '../../../src/view/cluster-view.ts';
import { consumerIndexes, consumerKindOf, consumersOf } from '../../../src/view/consumer-kinds.ts';
import { omittedOf } from '../../../src/view/reduced-objects.ts';
import { anyKind, createOwnKinds } from '../../../src/view/own-kinds.ts';
import type { OwnKind } from '../../../src/view/own-kind.ts';
import { parseWithout } from '../../../src/kube/rest/omit-members.ts';
import { raw, setting } from '../restart/consumer/workloads.ts';

const KIB = 1024;

function kinds(memory = 2 ** 30) {
  const all = createOwnKinds(
    consumerKinds.map((kind) => anyKind(consumerKindOf(kind, keytender))),
    () => memory,
  );
  const kind = (name: string) => all.get(name) as unknown as OwnKind<Consumer>;
  return { all, deployments: kind('deployments.apps'), rollouts: kind('rollouts.argoproj.io') };
}

function named(name: string, secrets: readonly string[], metadata: object = {}) {
  const containers = [{ name: 'app', envFrom: secrets.map((secret) => ({ secretRef: { name: secret } })) }];
  return raw('Deployment', {
    metadata: { name, uid: `uid-${name}`, ...metadata },
    podSpec: { containers, imagePullSecrets: [{ name: 'pull' }] },
  });
}

const names = (found: readonly Consumer[]) => found.map(({ metadata }) => metadata.name);

describe('workloads in the view', () => {
  it('of a kind that the installation does not restart are none, by each index', () => {
    const view = createClusterView({ supporting: [], kinds: [anyKind(consumerKindOf('Deployment', keytender))] });
    const rollouts = consumersOf(view, 'Rollout');
    for (const index of Object.keys(consumerIndexes)) expect(rollouts.byIndex(index, 'anything')).toEqual([]);
  });

  it('have a store for each kind', () => {
    const { all } = kinds();
    expect([...all.keys()]).toEqual(['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'rollouts.argoproj.io']);
    for (const [id, { type, store }] of all) expect([groupResource(type), store.figures.kind]).toEqual([id, type.kind]);
  });

  it('are none of a kind that the installation does not restart, by whatever index', () => {
    const store = consumersOf(createClusterView({ kinds: [], supporting: [] }), 'Rollout');
    expect([store.byIndex('consumes', 'Secret/team/database'), store.byIndex('namespace', 'team')]).toEqual([[], []]);
  });

  it('are found by what they consume, and by their namespace', () => {
    const { deployments } = kinds();
    const { store, take } = deployments;
    for (const object of [named('web', ['database', 'mail']), named('worker', ['database']), named('idle', [])])
      store.apply('added', take(object));
    expect(names(store.byIndex('consumes', 'Secret/team/database'))).toEqual(['web', 'worker']);
    expect(names(store.byIndex('consumes', 'Secret/team/pull'))).toEqual(['web', 'worker', 'idle']);
    expect(store.byIndex('consumes', 'Secret/other/database')).toEqual([]);
    expect(store.byIndex('consumes', 'ConfigMap/team/database')).toEqual([]);
    expect(names(store.byIndex('namespace', 'team'))).toHaveLength(3);
    store.apply('modified', take(named('web', ['mail'], { resourceVersion: '2' })));
    store.apply('deleted', take(named('worker', ['database'], { resourceVersion: '2' })));
    expect(store.byIndex('consumes', 'Secret/team/database')).toEqual([]);
  });

  it('are found by a ConfigMap as well', () => {
    const { store, take } = kinds().deployments;
    store.apply('added', take(raw('Deployment', { podSpec: { containers: [{ envFrom: [{ configMapRef: { name: 'settings' } }] }] } })));
    expect(names(store.byIndex('consumes', 'ConfigMap/team/settings'))).toEqual(['app']);
    expect(store.byIndex('consumes', 'Secret/team/settings')).toEqual([]);
  });

  it('find the Rollout of a Deployment', () => {
    const { rollouts } = kinds();
    rollouts.store.apply('added', rollouts.take(raw('Rollout', { spec: { workloadRef: { kind: 'Deployment', name: 'web' } } })));
    rollouts.store.apply('added', rollouts.take(raw('Rollout', { metadata: { name: 'other' } })));
    expect(names(rollouts.store.byIndex('workloadRef', 'Deployment/team/web'))).toEqual(['app']);
  });

  it('cost more with what they hold, and with labels', () => {
    const { costOf, reduce } = consumerKindOf('Deployment', keytender);
    const cost = (secrets: number, metadata: object = {}) =>
      costOf(
        reduce(
          named(
            'a',
            Array.from({ length: secrets }, (_, index) => `s${index}`),
            metadata,
          ),
        ),
      );
    expect(cost(0)).toBeLessThan(2 * KIB);
    expect(cost(10)).toBeLessThan(6 * KIB);
    expect(cost(500) - cost(0)).toBeGreaterThan(150 * KIB);
    const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`label-${index}`, 'v'.repeat(63)]));
    expect(cost(0, { labels }) - cost(0)).toBeGreaterThan(100 * KIB);
  });

  it('beyond the memory of their namespace keep name and settings only, and say that nothing is known of the rest', async () => {
    const { deployments } = kinds(100 * KIB);
    const { store, take } = deployments;
    const many = Array.from({ length: 400 }, (_, index) => `s${index}`);
    const annotations = { [setting('restart')]: 'false' };
    store.apply('added', take(named('large', many, { annotations, labels: { app: 'a' } })));
    const [large] = store.list();
    expect(large).toMatchObject({ consumes: [], hasMoreReferences: true, markers: {}, hasMoreMarkers: true, settings: { restart: false } });
    expect(large?.notKept).toBeGreaterThan(100 * KIB);
    expect(large?.metadata).not.toHaveProperty('labels');
    expect(store.byIndex('consumes', 'Secret/team/s0')).toEqual([]);
    expect(names(store.byIndex('namespace', 'team'))).toEqual(['large']);
    await deployments.listed('', new TimeSlices().worker(''));
  });

  it('are parsed with annotations, owners and labels of a usual size', () => {
    const padding = { name: 'x', note: 'n'.repeat(64 * KIB) };
    const parsed = (metadata: object) =>
      parseWithout(JSON.stringify({ metadata: { ...metadata, ...padding, managedFields: [] } }), 1, omittedOf.consumer) as {
        metadata: object;
      };
    expect(Object.keys(parsed({ annotations: {}, ownerReferences: [], finalizers: [], labels: { a: 'b' } }).metadata)).toEqual([
      'annotations',
      'ownerReferences',
      'labels',
      'name',
      'note',
    ]);
    expect(Object.keys(parsed({ labels: { a: 'b'.repeat(40 * KIB) } }).metadata)).toEqual(['name', 'note']);
  });
});
