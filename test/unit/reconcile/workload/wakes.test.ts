import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import { groupResource } from '../../../../src/api/object/resource-type.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { RestartSpecs } from '../../../../src/reconcile/shared/restart-specs.ts';
import { workloadWakes } from '../../../../src/reconcile/workload/wakes.ts';
import type { ConsumerKind } from '../../../../src/restart/consumer/consumer.ts';
import { consumerTypes } from '../../../../src/restart/consumer/consumer-types.ts';
import { SlicedWakes } from '../../../../src/view/sliced-wakes.ts';
import { managedSecretKind } from '../../../../src/view/supporting-kinds.ts';
import type { WatchEvent } from '../../../../src/watch/port.ts';
import { settle } from '../../../support/fake-clock.ts';
import { target, TEAM, WorkloadWorld } from './workload-world.ts';

const { externalSecret } = keytender.kinds;
const SECRETS = managedSecretKind(keytender).id;

/** Deployments: `reader` reads the Secret db, `named` is a target, `selected` has a label, `other` has nothing to do with it. */
async function scene(restart: object, kind: ConsumerKind = 'Deployment') {
  const world = new WorkloadWorld();
  world.want('db', restart);
  world.write('db', { a: '1' });
  world.deploy('reader', { secrets: ['db'] });
  world.deploy('named');
  world.deploy('selected', { labels: { tier: 'a' } });
  world.deploy('other');
  world.sync();
  const woken = new Set<string>();
  const add = (key: string): void => void woken.add(key.slice(TEAM.length + 1));
  const rules = workloadWakes([{ dialect: keytender, externalSecrets: world.externalSecrets }], {
    kind,
    type: consumerTypes[kind],
    consumers: world.restarting.store(kind),
    specs: new RestartSpecs(),
    selectsNamespaces: false,
    queue: { add, addAfter: add },
    walks: new SlicedWakes(new TimeSlices(), () => undefined),
  });
  const tell = async (id: string, event: WatchEvent<KubeObject>): Promise<readonly string[]> => {
    woken.clear();
    for (const rule of rules) if (rule.id === id) rule.handle(event);
    await settle();
    return [...woken].toSorted();
  };
  const secret = () => world.managedSecrets.get(`${TEAM}/db` as never);
  return { world, tell, secret, [Symbol.dispose]: () => world[Symbol.dispose]() };
}

const selected = { targets: [{ kind: 'Deployment', selector: { matchLabels: { tier: 'a' } } }] };

describe('new content of a Secret', () => {
  it.each([
    ['consumers and named targets', target('named'), ['named', 'reader']],
    ['consumers', { mode: 'Discover' }, ['reader']],
    ['all of the namespace, of which a selector takes some', selected, ['named', 'other', 'reader', 'selected']],
  ])('wakes %s', async (_what, restart, expected) => {
    using made = await scene(restart);
    const before = made.secret();
    made.world.write('db', { a: '2' });
    made.world.syncSecrets();
    expect(await made.tell(SECRETS, { type: 'modified', before, object: made.secret() } as never)).toEqual(expected);
  });

  it('is seen although it is the same as before: A, B, A is two changes, and their events can be one', async () => {
    using made = await scene({ mode: 'Discover' });
    const before = made.secret();
    for (const value of ['2', '1']) made.world.write('db', { a: value });
    made.world.syncSecrets();
    expect(await made.tell(SECRETS, { type: 'modified', before, object: made.secret() } as never)).toEqual(['reader']);
  });

  it('wakes nobody if records are the same, or by the first list', async () => {
    using made = await scene(target('named'));
    const object = made.secret();
    expect(await made.tell(SECRETS, { type: 'modified', before: object, object } as never)).toEqual([]);
    expect(await made.tell(SECRETS, { type: 'added', object, initial: true } as never)).toEqual([]);
    expect(await made.tell(SECRETS, { type: 'deleted', object } as never)).toEqual(['named', 'reader']);
  });
});

describe('another specification', () => {
  it('wakes the workloads that it names, and those that it named before', async () => {
    using made = await scene(target('named'));
    const before = made.world.externalSecrets.get(`${TEAM}/db` as never);
    made.world.want('db', target('other'));
    made.world.sync();
    const object = made.world.externalSecrets.get(`${TEAM}/db` as never);
    const id = groupResource(externalSecret);
    expect(await made.tell(id, { type: 'modified', before, object } as never)).toEqual(['named', 'other']);
    expect(await made.tell(id, { type: 'modified', before: object, object } as never)).toEqual([]);
    expect(await made.tell(id, { type: 'deleted', object } as never)).toEqual(['other']);
  });
});

describe('a workload', () => {
  it('wakes itself, and a Rollout the Deployment whose template it takes', async () => {
    using made = await scene(target('named'));
    const object = made.world.restarting.store('Deployment').get(`${TEAM}/named` as never);
    expect(await made.tell('deployments.apps', { type: 'modified', before: object, object } as never)).toEqual(['named']);
    const rollout = { metadata: { name: 'canary', namespace: TEAM }, workloadRef: 'named' };
    expect(await made.tell('rollouts.argoproj.io', { type: 'modified', object: rollout } as never)).toEqual(['named']);
    expect(await made.tell('rollouts.argoproj.io', { type: 'added', object: rollout, initial: true } as never)).toEqual([]);
  });
});
