// Follows CONTRIBUTING.md, "Add a controller": all work of the operator for a kind follows from one value in the list of controllers.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import { checkSchema, schemasOf } from '../../../src/reconcile/shared/served-schema.ts';
import { engineFacts, requiredKinds, rowKinds, watchedKinds } from '../../../src/app/from-controllers.ts';
import { controllersOf, createQueues } from '../../../src/app/controllers.ts';
import { wholeInstallation } from '../../../src/app/shard.ts';
import { identityKey } from '../../../src/aws/credentials/identity.ts';
import { keyOf } from '../../../src/base/key.ts';
import { priority } from '../../../src/base/priority.ts';
import { customResourceDefinition } from '../../../src/codegen/custom-resource-definition.ts';
import { resourceKindsOf } from '../../../src/codegen/resource-kinds.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import { createQueueMetrics } from '../../../src/telemetry/metrics/queue-metrics.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { createClusterView, ownStore } from '../../../src/view/cluster-view.ts';
import { SyncRows } from '../../../src/view/freshness/sync-rows.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { identity, object } from '../resolve/entries.ts';
import { configOf, OperateWorld } from './operate-world.ts';
import { CONFIG_MAP, toyController, toyDialect } from './toy-controller.ts';

const TOY = toyDialect.kinds.toy;
const toy = toyController(toyDialect);
const all = [...controllersOf(toyDialect), toy];

/** A world with the Toy "ball", its ConfigMap and its secret. */
function toyWorld(...flags: readonly string[]): OperateWorld {
  const world = new OperateWorld({ flags, controllers: all });
  world.aws.put('paint');
  paint(world, 'red');
  world.api.put(TOY, { metadata: { name: 'ball', namespace: 'team' }, spec: { paint: 'paint', colourFrom: 'colours' } });
  return world;
}

function paint(world: OperateWorld, colour: string): void {
  world.api.put(CONFIG_MAP, { metadata: { name: 'colours', namespace: 'team' }, data: { colour } });
}

const statusIn = (world: OperateWorld): unknown => world.api.find(TOY, 'team', 'ball')?.['status'];

describe('a controller that is added to the list', () => {
  it('gets its objects by a watch, a queue and workers, and is woken by the kinds that it reads', async () => {
    using world = toyWorld();
    const end = world.lead();
    await world.clock.advance(2_000);
    expect(statusIn(world)).toEqual({ paint: 'v1', colour: 'red' });
    expect(world.watcher.requests).toEqual(expect.arrayContaining(['toys.keytender.dev', 'configmaps']));
    paint(world, 'blue');
    await world.clock.advance(1_000);
    expect(statusIn(world)).toEqual({ paint: 'v1', colour: 'blue' });
    world.api.put(CONFIG_MAP, { metadata: { name: 'others', namespace: 'team' }, data: { colour: 'green' } });
    await world.clock.advance(1_000);
    world.api.edit(TOY, 'team', 'ball', { spec: { colourFrom: 'others' } });
    await world.clock.advance(1_000);
    expect(statusIn(world)).toEqual({ paint: 'v1', colour: 'green' });
    expect((await world.metrics()).filter((line) => line.startsWith('controller_runtime_reconcile_total{controller="toy"'))).toContain(
      'controller_runtime_reconcile_total{controller="toy",result="success"} 3',
    );
    expect(await world.end(end)).toBe(true);
  });

  it('writes nothing once the Lease is lost, not even what it has begun before', async () => {
    using world = toyWorld();
    const answer = Promise.withResolvers<void>();
    world.aws.holds.set(identityKey(identity), answer.promise);
    const end = world.lead();
    await world.clock.advance(1_000);
    world.api.fault = ({ kind }) => (kind === builtin.lease.kind ? 'unavailable' : undefined);
    // The Lease has expired by now, and the reconcile may still go on for some seconds.
    await world.clock.advance(15_000);
    answer.resolve();
    await world.clock.advance(1_000);
    const asked = world.aws.reads;
    await world.clock.advance(60_000);
    expect([await end, asked, statusIn(world)]).toEqual([false, { paint: 1 }, undefined]);
  });

  it('takes part in change events: the message is deleted when its reconcile is recorded, and nothing is left open', async () => {
    using world = toyWorld();
    const end = world.lead();
    await world.clock.advance(5_000);
    world.aws.put('paint');
    const detail = { name: 'paint', labelUpdated: 'AWSCURRENT', versionId: 'v2' };
    world.sqs.send({ 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', region: 'eu-central-1', detail });
    await world.clock.advance(10_000);
    expect([statusIn(world), world.sqs.size]).toEqual([{ paint: 'v2', colour: 'red' }, 0]);
    // What the next leader is told goes on: no notification waits for an answer.
    await world.clock.advance(900_000);
    expect(world.engine.current?.readUntil()).toBeGreaterThan(world.clock.now() - 60_000);
    expect(await world.end(end)).toBe(true);
  });

  it('keeps a change open until a reconcile is recorded', async () => {
    using world = toyWorld();
    const end = world.lead();
    await world.clock.advance(5_000);
    world.api.fault = ({ kind, verb }) => (kind === 'Toy' && verb === 'patch' ? 'unavailable' : undefined);
    world.aws.put('paint');
    const detail = { name: 'paint', labelUpdated: 'AWSCURRENT', versionId: 'v2' };
    world.sqs.send({ 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', region: 'eu-central-1', detail });
    await world.clock.advance(20_000);
    expect([statusIn(world), world.sqs.size]).toEqual([{ paint: 'v1', colour: 'red' }, 1]);
    world.api.fault = () => undefined;
    await world.clock.advance(120_000);
    expect([statusIn(world), world.sqs.size]).toEqual([{ paint: 'v2', colour: 'red' }, 0]);
    expect(await world.end(end)).toBe(true);
  });

  it('has no watch, queue, memory or schema check where it is disabled', async () => {
    using world = toyWorld('--restart=false');
    const end = world.lead();
    await world.clock.advance(1_000);
    expect([statusIn(world), world.view.own.has('toys.keytender.dev')]).toEqual([undefined, false]);
    expect(world.watcher.requests.filter((request) => /toys|configmaps/.test(request))).toEqual([]);
    expect((await world.metrics()).filter((line) => line.includes('"toy"'))).toEqual([]);
    expect(await world.end(end)).toBe(true);
  });
});

describe('what follows from the list of controllers', () => {
  it('watches the kind and what it reads, each once', () => {
    const { own, supporting } = watchedKinds([...all, { ...toy, kind: { ...toy.kind, type: { ...TOY, plural: 'others' } } }], configOf());
    expect(own.map(groupResource)).toEqual([...all.map(({ kind }) => groupResource(kind.type)), 'others.keytender.dev']);
    expect(supporting.map(({ id }) => id).filter((id) => id.startsWith('configmaps'))).toEqual(['configmaps of toys']);
  });

  it('is ready and complete by what it requires', () => {
    expect(requiredKinds(all).at(-1)).toEqual({ always: ['toys.keytender.dev', 'configmaps of toys'], sometimes: [] });
  });

  it('has its schema checked at a start', async () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } });
    const api = new MemoryApi();
    for (const { name, annotation, hash } of schemasOf(all)) {
      const annotations = { [annotation]: name === 'toys.keytender.dev' ? 'old' : hash };
      api.put(builtin.customResourceDefinition, { metadata: { name, annotations } });
    }
    await checkSchema(api, schemasOf(all), logger, new AbortController().signal);
    expect(lines.map((line) => (JSON.parse(line) as { crd: string }).crd)).toEqual(['toys.keytender.dev']);
  });

  it('has a CustomResourceDefinition, and none is without a controller', () => {
    const definition = resourceKindsOf(all).map(customResourceDefinition).at(-1);
    expect(definition).toMatchObject({ metadata: { name: 'toys.keytender.dev' }, spec: { names: { kind: 'Toy' }, scope: 'Namespaced' } });
    expect(() => resourceKindsOf(controllersOf(toyDialect))).toThrow(new TypeError('no controller defines toys.keytender.dev'));
    expect(() => resourceKindsOf([...controllersOf(keytender), { ...toy, dialect: keytender }])).toThrow(
      new TypeError('the dialect does not name toys.keytender.dev'),
    );
    expect(() => toyController(keytender)).toThrow(new TypeError('the dialect of keytender.dev has no kind toy'));
  });

  it('has its objects in the metrics and in /debug/freshness', () => {
    const rows = new SyncRows(rowKinds(all));
    rows.handlerOf('toys.keytender.dev')?.({ type: 'added', object: object('Toy', 'ball', 'team') });
    expect([[...rows.reasons()], Array.from(rows.rows(), ({ dependant }) => dependant)]).toEqual([
      [['Pending', 1]],
      ['toys.keytender.dev team/ball'],
    ]);
  });

  it('counts its objects and its workers for the source engine, without those of other shards', async () => {
    const owns = (key: string): boolean => key !== 'team/theirs';
    const view = createClusterView({ kinds: all.map(({ kind }) => kind), supporting: [], owns });
    const options = { clock: new FakeClock(), metrics: createQueueMetrics(createRegistry('test')), owns: wholeInstallation.owns };
    const queues = createQueues(all, options);
    const facts = engineFacts(all, view, queues, owns);
    ownStore(view, TOY).replace(['ball', 'theirs'].map((name) => object('Toy', name, 'team')));
    ownStore(view, keytender.kinds.externalSecret).replace([object('ExternalSecret', 'ball', 'team')]);
    ownStore(view, keytender.kinds.secretStore).replace([object('SecretStore', 'aws', 'team')]);
    expect([...facts.dependants()]).toEqual(['externalsecrets.keytender.dev team/ball', 'toys.keytender.dev team/ball']);
    expect([facts.resourcesIn('team'), facts.resourcesIn('other'), facts.busyWorkers()]).toEqual([2, 0, 0]);
    const queue = queues.of('toys.keytender.dev');
    for (const name of ['ball', 'doll', 'kite']) queue.add(keyOf('team', name), priority.change);
    const open = new AbortController().signal;
    await queue.take(open);
    await queue.take(open);
    expect(facts.busyWorkers()).toBe(2);
    await queue.take(open);
    expect(facts.busyWorkers()).toBe(0);
  });
});
