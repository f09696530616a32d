// The lists and watches of the view of a group: its own kinds, and the objects of Kubernetes' kinds with its label.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import type { ListWatcher } from '../../../src/kube/port.ts';
import { createKubeMetrics } from '../../../src/telemetry/metrics/kube-metrics.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { createClusterView } from '../../../src/view/cluster-view.ts';
import { reflectorsOf } from '../../../src/view/reflectors.ts';
import { type AnyKindDefinition, kindsOf } from '../../../src/view/own-kinds.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { exampleDialect } from '../../support/fakes/example-dialect.ts';
import { watchedKinds } from '../../../src/app/from-controllers.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import type { Controller } from '../../../src/reconcile/shared/controller.ts';
import { dialectView } from '../../../src/view/dialect-view.ts';
import { configOf } from '../app/operate-world.ts';
import { toyController, toyDialect } from '../app/toy-controller.ts';
import { object } from '../resolve/entries.ts';
import { ScriptedListWatcher } from '../watch/objects.ts';

async function requestsOf(controllers: readonly Controller[], flags: readonly string[] = []): Promise<readonly string[]> {
  const requests: string[] = [];
  const watcher: ListWatcher = {
    listThenWatch: (request) => {
      const { type, labelSelector = '' } = request;
      requests.push(`${groupResource(type)} ${labelSelector}`.trim());
      return new ScriptedListWatcher().listThenWatch(request);
    },
  };
  const ignored = (): void => undefined;
  const reflectors = reflectorsOf(
    createClusterView({ kinds: controllers.map(({ kind }) => kind), ...watchedKinds(controllers, configOf(...flags)) }),
    () => ignored,
    {
      ...watchedKinds(controllers, configOf(...flags)),
      watcher,
      namespaces: [],
      digestKey: { id: 'k1', bytes: Buffer.alloc(32, 1) },
      clock: new FakeClock(),
      metrics: createKubeMetrics(createRegistry('test')),
      logger: createLogger({ level: 'error', format: 'json', stream: { write: ignored } }),
      slices: new TimeSlices(),
      onSynced: ignored,
    },
  );
  const stop = new AbortController();
  const running = reflectors.map((reflector) => reflector.run(stop.signal));
  stop.abort(new DOMException('the test is over', 'AbortError'));
  await Promise.all(running);
  return requests.toSorted();
}

const ownOf = (group: string): readonly string[] =>
  ['clustersecretstores', 'externalsecrets', 'secretstores'].map((plural) => `${plural}.${group}`);
const workloads = ['daemonsets.apps', 'deployments.apps', 'rollouts.argoproj.io', 'statefulsets.apps'];

describe('the view of a group', () => {
  it.each([
    ['keytender.dev', keytender, 'secrets keytender.dev/managed=true'],
    ['secrets.example.com', exampleDialect, 'secrets secrets.example.com/written=true'],
  ])('asks for the kinds of %s, and for the Secrets that they write', async (group, dialect, secrets) => {
    expect(await requestsOf(controllersOf(dialect))).toEqual([...ownOf(group), ...workloads, 'namespaces', secrets].toSorted());
  });

  it('shares with that of another what is kept in the same form, and nothing else', async () => {
    const [own, other] = ['secrets keytender.dev/managed=true', 'secrets secrets.example.com/written=true'] as const;
    const both = [...ownOf('keytender.dev'), ...ownOf('secrets.example.com'), 'namespaces', own, other];
    expect(await requestsOf(controllersOf(keytender, exampleDialect))).toEqual([...both, ...workloads].toSorted());
  });

  it('asks for nothing that the installation does not use', async () => {
    const flags = ['--cluster-stores=false', '--restart=false'];
    const enabled = controllersOf(keytender).filter(({ isEnabled }) => isEnabled(configOf(...flags)));
    expect(await requestsOf(enabled, flags)).toEqual(
      ['externalsecrets.keytender.dev', 'secretstores.keytender.dev', 'secrets keytender.dev/managed=true'].toSorted(),
    );
  });

  it('shares the memory among the kinds that are reconciled, and gives out no more when there is a further kind', () => {
    const totals = (kinds: readonly AnyKindDefinition[]): readonly number[] => {
      return [...createClusterView({ memory: 1_050, kinds, supporting: [] }).own.values()].map(({ budget }) => budget.total);
    };
    expect(totals(kindsOf(keytender))).toEqual([840, 126, 84]);
    expect(totals([...kindsOf(keytender), toyController(toyDialect).kind])).toEqual([800, 120, 80, 50]);
    const enabled = controllersOf(keytender).filter(({ isEnabled }) => isEnabled(configOf('--cluster-stores=false')));
    const withoutOne = totals(enabled.map(({ kind }) => kind));
    expect([withoutOne.length, Math.round(withoutOne.reduce((sum, total) => sum + total, 0))]).toEqual([5, 1_050]);
  });

  it('counts no object of another shard in a namespace', () => {
    const view = createClusterView({ kinds: kindsOf(keytender), supporting: [], owns: (key) => key !== 'team/theirs' });
    const { externalSecrets } = dialectView(view, keytender);
    const objects = ['mine', 'theirs'].map((name) => ({ ...object('ExternalSecret', name, 'team'), spec: {} }));
    externalSecrets.replace(objects);
    expect([externalSecrets.size, externalSecrets.countIn('team')]).toEqual([2, 1]);
    externalSecrets.replace([]);
    expect(externalSecrets.countIn('team')).toBe(0);
  });
});
