// Which entries the ledger keeps: one tenant, or one kind that may not be listed, keeps those of no other.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { liveObjects } from '../../../src/app/restart-upkeep.ts';
import { consumerKinds } from '../../../src/restart/consumer/consumer.ts';
import { reduceConsumer } from '../../../src/restart/consumer/reduce-consumer.ts';
import { createClusterView } from '../../../src/view/cluster-view.ts';
import { consumerKindOf, consumersOf, nameOnlyConsumer } from '../../../src/view/consumer-kinds.ts';
import { anyKind } from '../../../src/view/own-kinds.ts';

const view = createClusterView({ kinds: consumerKinds.map((kind) => anyKind(consumerKindOf(kind, keytender))), supporting: [] });
const deployment = (namespace: string, uid: string) =>
  reduceConsumer(
    'Deployment',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app', namespace, uid, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { template: { spec: { containers: [] } } },
    } as never,
    keytender.annotations,
  );
consumersOf(view, 'Deployment').replace([deployment('team', 'here'), nameOnlyConsumer(deployment('large', 'large'), 9e9)]);
const coverage = { isListed: (id: string) => id === 'deployments.apps' };

describe('entries of the ledger', () => {
  const { workload } = liveObjects(view, coverage, undefined);

  it.each([
    ['of a workload that exists stays', 'here', 'Deployment', 'team', true],
    ['of one of which only the name is kept stays', 'large', 'Deployment', 'large', true],
    ['of one that is gone does not', 'gone', 'Deployment', 'team', false],
    ['of one that is gone does not, also beside one of which only the name is kept', 'gone', 'Deployment', 'large', false],
    ['of a kind that is not listed stays', 'gone', 'DaemonSet', 'team', true],
  ] as const)('%s', (_what, uid, kind, namespace, stays) => {
    expect(workload(uid, kind, namespace, uid)).toBe(stays);
  });

  it('of a source stays while it is not known what workloads consume, everywhere or in its namespace', () => {
    expect(liveObjects(view, coverage, undefined).source('Secret', 'team', 'a')).toBe(true);
    const { source } = liveObjects(view, coverage, (_kind, _namespace, name) => name === 'followed');
    expect([source('Secret', 'team', 'a'), source('Secret', 'team', 'followed'), source('Secret', 'large', 'a')]).toEqual([
      false,
      true,
      true,
    ]);
  });
});
