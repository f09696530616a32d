// A standby keeps its view of the cluster and queues no keys. The leader queues all objects, and then those that change.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { ExternalSecretObject } from '../../../../src/api/schema/external-secret.ts';
import { createClusterView } from '../../../../src/view/cluster-view.ts';
import { dialectView } from '../../../../src/view/dialect-view.ts';
import { controllersOf, createQueues } from '../../../../src/app/controllers.ts';
import { wholeInstallation } from '../../../../src/app/shard.ts';
import { enqueueChanges } from '../../../../src/reconcile/shared/enqueue-changes.ts';
import { type Key, keyOf } from '../../../../src/base/key.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { createQueueMetrics } from '../../../../src/telemetry/metrics/queue-metrics.ts';
import { createRegistry } from '../../../../src/telemetry/metrics/registry.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { clusterStore, object, store } from '../../resolve/entries.ts';

const open = new AbortController().signal;
const resource = (name: string, status?: object): ExternalSecretObject => ({
  ...object('ExternalSecret', name, 'team'),
  spec: { secretStoreRef: { name: 'aws' } },
  ...(status && { status }),
});

function scene() {
  const clock = new FakeClock();
  const registry = createRegistry('test');
  const controllers = controllersOf(keytender);
  const cluster = createClusterView({ kinds: controllers.map(({ kind }) => kind), supporting: [] });
  const view = dialectView(cluster, keytender);
  const queues = createQueues(controllers, { clock, metrics: createQueueMetrics(registry), owns: wholeInstallation.owns });
  const errors: unknown[] = [];
  const changes = enqueueChanges(cluster, queues, {
    controllers,
    slices: new TimeSlices(),
    onError: (error) => void errors.push(error),
  });
  const named = {
    externalSecrets: queues.of('externalsecrets.keytender.dev'),
    secretStores: queues.of('secretstores.keytender.dev'),
    clusterSecretStores: queues.of('clustersecretstores.keytender.dev'),
  };
  const depths = () => Object.values(named).map(({ depth }) => depth);
  const handlers = {
    externalSecret: changes.handlerOf('externalsecrets.keytender.dev'),
    secretStore: changes.handlerOf('secretstores.keytender.dev'),
  };
  return { clock, registry, view, queues: named, depths, errors, handlers, ...changes };
}

describe('changes in the cluster', () => {
  it('fill no queue of a standby', async () => {
    const { view, handlers, depths, registry } = scene();
    for (const event of view.externalSecrets.replace([resource('a'), resource('b')])) handlers.externalSecret({ ...event, initial: true });
    for (const event of view.secretStores.replace([store({})])) handlers.secretStore({ ...event, initial: true });
    for (const event of view.externalSecrets.apply('added', resource('c'))) handlers.externalSecret(event);
    expect(depths()).toEqual([0, 0, 0]);
    expect(await registry.metrics()).toContain('workqueue_adds_total{name="externalsecret"} 0');
  });

  it('that a standby has seen are queued when it begins to lead, none of them as old as its view', async () => {
    const { clock, registry, view, queues, handlers, start, depths } = scene();
    view.externalSecrets.replace(Array.from({ length: 1_201 }, (_, index) => resource(`r${index}`)));
    view.secretStores.replace([store({})]);
    view.clusterSecretStores.replace([clusterStore({})]);
    await clock.advance(7_200_000);
    await start();
    expect(depths()).toEqual([1_201, 1, 1]);
    await queues.externalSecrets.take(open);
    expect(await registry.metrics()).toContain('workqueue_queue_duration_seconds_sum{name="externalsecret"} 0');
    for (const event of view.externalSecrets.apply('added', resource('new'))) handlers.externalSecret(event);
    expect(depths()).toEqual([1_201, 1, 1]);
  });

  it('are not all: a kind that has been listed at last queues the ExternalSecrets of its namespace, of the leader only', async () => {
    const { view, queues, start, synced, depths } = scene();
    const elsewhere = { ...resource('b'), metadata: { ...resource('b').metadata, namespace: 'other' } };
    view.externalSecrets.replace([resource('a'), elsewhere]);
    synced('secrets keytender.dev/managed=true', 'team');
    expect(depths()).toEqual([0, 0, 0]);
    await start();
    while (queues.externalSecrets.depth > 0) queues.externalSecrets.done((await queues.externalSecrets.take(open)) ?? keyOf('', ''));
    synced('secrets keytender.dev/managed=true', 'team');
    expect(await queues.externalSecrets.take(open)).toBe('team/a');
    expect(depths()).toEqual([0, 0, 0]);
    synced('namespaces', '');
    while (queues.externalSecrets.depth < 2) await settle();
    expect(depths()).toEqual([2, 0, 0]);
  });

  it('that cannot be looked at keep no other from its queue', async () => {
    const { view, queues, start, synced, depths, errors } = scene();
    view.externalSecrets.replace([resource('a'), resource('b')]);
    const add = queues.externalSecrets.add.bind(queues.externalSecrets);
    queues.externalSecrets.add = (key, ...rest) => {
      if (key === 'team/a') throw new Error('broken');
      add(key, ...rest);
    };
    await start();
    expect([depths(), errors]).toMatchObject([[1, 0, 0], [{ message: 'broken' }]]);
    synced('secrets keytender.dev/managed=true', 'team');
    // A long look at all objects goes on in later turns of the event loop.
    while (errors.length < 2) await settle();
    expect(errors).toHaveLength(2);
  });

  it('are queued new ones first', async () => {
    const { view, queues, start } = scene();
    view.externalSecrets.replace([
      resource('known', { observedGeneration: 3 }),
      resource('changed', { observedGeneration: 2 }),
      resource('new'),
    ]);
    await start();
    const order: (Key | undefined)[] = [];
    while (queues.externalSecrets.depth > 0) {
      const next = await queues.externalSecrets.take(open);
      order.push(next);
      queues.externalSecrets.done(next ?? keyOf('', ''));
    }
    expect(order).toEqual(['team/new', 'team/changed', 'team/known']);
  });
});
