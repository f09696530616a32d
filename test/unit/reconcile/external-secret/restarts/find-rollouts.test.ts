// What an ExternalSecret learns of its workloads while the restart engine knows nothing of them.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../../src/api/keytender-dialect.ts';
import type { ExternalSecretObject } from '../../../../../src/api/schema/external-secret.ts';
import { groupResource } from '../../../../../src/api/object/resource-type.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import type { ExternalSecretContext } from '../../../../../src/reconcile/external-secret/context.ts';
import { findRollouts } from '../../../../../src/reconcile/external-secret/restarts/find-rollouts.ts';
import type { Subject } from '../../../../../src/reconcile/external-secret/subject.ts';
import { settlePromises } from '../../../../support/fake-clock.ts';
import { target, TEAM, WorkloadWorld } from '../../workload/workload-world.ts';

const { externalSecret } = keytender.kinds;
const discover = { mode: 'Discover' };
const before = { restarts: [{ kind: 'Deployment', name: 'app', state: 'Failed', phase: 'Failed' }], restartCounts: { failed: 1 } };

async function find(world: WorkloadWorld, areAllRead = true, unread?: string) {
  world.sync();
  const { engine, consumers } = world.restarting;
  const context = {
    dialect: keytender,
    controller: groupResource(externalSecret),
    restarts: engine,
    workloads: (kind: Parameters<typeof world.restarting.store>[0]) => consumers.get(kind),
    isRead: (kind: string) => kind !== unread,
    areAllRead: () => areAllRead,
    client: world.api,
  } as unknown as ExternalSecretContext;
  const stored = world.api.find(externalSecret, TEAM, 'db') as unknown as ExternalSecretObject;
  const resource = { ...stored, status: { conditions: [], ...before } };
  const subject = { dialect: keytender, namespace: TEAM, resource, spec: stored.spec } as unknown as Subject;
  return await findRollouts(subject, context, new AbortController().signal);
}

function worldWith(restart: object): WorkloadWorld {
  const world = new WorkloadWorld({ limits: { minInterval: ms(0) } });
  world.want('db', restart);
  world.write('db', { a: '1' });
  return world;
}

describe('workloads that no round has looked at since the start', () => {
  it.each([
    ['discovers', discover],
    ['selects', { targets: [{ kind: 'Deployment', selector: { matchLabels: { app: 'x' } } }] }],
  ])('are none if the ExternalSecret %s them and the last one is gone: the status forgets it', async (_how, restart) => {
    using world = worldWith(restart);
    expect(await find(world)).toEqual({ findings: { statuses: [], counts: {} } });
  });

  it('are unknown while some of them exist, or have not been listed: the status stays', async () => {
    using world = worldWith(discover);
    expect(await find(world, false)).toEqual({});
    world.deploy('app', { secrets: ['db'] });
    expect(await find(world)).toEqual({});
  });

  it('of a kind that may not be listed are told, also if those of other kinds are known', async () => {
    using world = worldWith(discover);
    const text =
      'the operator cannot list DaemonSets ("list" and "watch" on "daemonsets.apps" in namespace team), so those that use the Secret are not restarted';
    const problem = { reason: 'Forbidden', message: text };
    expect(await find(world, false, 'DaemonSet')).toMatchObject({
      findings: { failure: problem, statuses: before.restarts },
      failure: problem,
    });
    world.deploy('app', { secrets: ['db'] });
    await world.settle('app');
    expect(await find(world, false, 'DaemonSet')).toMatchObject({
      findings: { failure: problem, counts: { baseline: 1 } },
      failure: problem,
    });
    expect((await find(world)).findings?.failure).toBeUndefined();
  });

  it('have a reason while the ledger cannot be read, which ends with it', async () => {
    using world = worldWith(target('app'));
    world.deploy('app', { secrets: ['db'] });
    let isRefused = true;
    world.api.fault = ({ kind, verb }) => (isRefused && kind === 'ConfigMap' && verb === 'get' ? 'forbidden' : undefined);
    world.restart();
    await settlePromises();
    const found = await find(world);
    expect(found.findings).toMatchObject({ statuses: before.restarts, counts: before.restartCounts });
    expect(found.failure).toEqual(found.findings?.failure);
    expect(found.failure).toMatchObject({ reason: 'Forbidden', message: expect.stringContaining('ledger of restarts') });
    isRefused = false;
    await world.clock.advance(60_000);
    await world.settle('app');
    expect(await find(world)).toMatchObject({ findings: { counts: { baseline: 1 } } });
  });
});
