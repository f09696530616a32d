// The lists and watches of the view of a group: its own kinds, and the objects of Kubernetes' kinds with its label.
import { describe, expect, it } from '@jest/globals';
import type { Dialect } from '../../../src/api/dialect.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { groupResource } from '../../../src/api/resource-type.ts';
import { TimeSlices } from '../../../src/base/time-slices.ts';
import type { ListWatcher } from '../../../src/kube/port.ts';
import { createKubeMetrics } from '../../../src/telemetry/kube-metrics.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createRegistry } from '../../../src/telemetry/registry.ts';
import { createClusterView } from '../../../src/view/cluster-view.ts';
import { reflectorsOf } from '../../../src/view/reflectors.ts';
import { type AnyKindDefinition, kindsOf } from '../../../src/view/own-kinds.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { exampleDialect } from '../../support/fakes/example-dialect.ts';
import { toyController } from '../app/toy-controller.ts';
import { ScriptedListWatcher } from '../watch/objects.ts';

async function requestsOf(dialect: Dialect): Promise<readonly string[]> {
  const requests: string[] = [];
  const watcher: ListWatcher = {
    listThenWatch: (request) => {
      const { type, labelSelector = '' } = request;
      requests.push(`${groupResource(type)} ${labelSelector}`.trim());
      return new ScriptedListWatcher().listThenWatch(request);
    },
  };
  const ignored = (): void => undefined;
  const reflectors = reflectorsOf(createClusterView(dialect), () => ignored, {
    dialect,
    watcher,
    namespaces: [],
    own: Object.values(dialect.kinds).map(({ kind }) => kind),
    supporting: new Set(['Secret', 'Namespace', 'Workload'] as const),
    digestKey: { id: 'k1', bytes: Buffer.alloc(32, 1) },
    clock: new FakeClock(),
    metrics: createKubeMetrics(createRegistry('test')),
    logger: createLogger({ level: 'error', format: 'json', stream: { write: ignored } }),
    slices: new TimeSlices(),
    onSynced: ignored,
  });
  const stop = new AbortController();
  const running = reflectors.map(({ run }, index) => run.call(reflectors[index], stop.signal));
  stop.abort(new DOMException('the test is over', 'AbortError'));
  await Promise.all(running);
  return requests.toSorted();
}

describe('the view of a group', () => {
  it.each([
    ['keytender.dev', keytender, 'secrets keytender.dev/managed=true'],
    ['secrets.example.com', exampleDialect, 'secrets secrets.example.com/written=true'],
  ])('asks for the kinds of %s, and for the Secrets that they write', async (group, dialect, secrets) => {
    const own = ['clustersecretstores', 'externalsecrets', 'secretstores'].map((plural) => `${plural}.${group}`);
    const workloads = ['daemonsets.apps', 'deployments.apps', 'statefulsets.apps'];
    expect(await requestsOf(dialect)).toEqual([...own, ...workloads, 'namespaces', secrets].toSorted());
  });

  it('shares the memory among its kinds, and gives out no more when there is a further kind', () => {
    const totals = (kinds: readonly AnyKindDefinition[]): readonly number[] => {
      return [...createClusterView(keytender, { memory: 1_050, kinds }).own.values()].map(({ budget }) => budget.total);
    };
    expect(totals(kindsOf(keytender))).toEqual([840, 126, 84]);
    expect(totals([...kindsOf(keytender), toyController.kind])).toEqual([800, 120, 80, 50]);
  });
});
