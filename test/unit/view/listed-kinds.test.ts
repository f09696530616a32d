// A kind that could not be listed is unknown: only the resources that need it are not reconciled.
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import { ListedKinds, describeUnlisted } from '../../../src/view/listed-kinds.ts';
import { servedOnly, type ServedOnlyOptions } from '../../../src/reconcile/external-secret/served-only.ts';
import { keyOf } from '../../../src/base/key.ts';
import type { KubeFailure } from '../../../src/kube/port.ts';
import { createUnlistedMetrics } from '../../../src/telemetry/metrics/unlisted-metrics.ts';
import { keyOfObject, Store } from '../../../src/watch/store.ts';
import { object } from '../resolve/entries.ts';

const refused: KubeFailure = { kind: 'forbidden', status: 403, message: 'list is forbidden' };
const open = new AbortController().signal;

/** Scopes by namespace: listed or not. */
function watched(kind: string, scopes: Readonly<Record<string, boolean>>) {
  return {
    id: `${kind} of a group`,
    kind,
    isSynced: (namespace: string) => scopes[namespace] ?? scopes[''] ?? false,
    scopes: Object.entries(scopes).map(([namespace, synced]) => ({ namespace, synced, problem: synced ? undefined : refused })),
  };
}

function coverage(unlisted: Readonly<Record<string, readonly string[]>>): ListedKinds {
  const local = ['ExternalSecret', 'SecretStore', 'Secret', 'Deployment', 'DaemonSet'];
  const reflectors = [
    ...local.map((kind) => watched(kind, { a: unlisted['a']?.includes(kind) !== true, b: unlisted['b']?.includes(kind) !== true })),
    ...['ClusterSecretStore', 'Namespace'].map((kind) => watched(kind, { '': unlisted['']?.includes(kind) !== true })),
  ];
  return new ListedKinds(() => reflectors, [requires]);
}

const id = (kind: string): string => `${kind} of a group`;
const requires = {
  always: ['ExternalSecret', 'SecretStore', 'Secret'].map(id),
  sometimes: ['ClusterSecretStore', 'Namespace'].map(id),
};

const resource = (namespace: string, kind?: string): ExternalSecretObject => ({
  ...object('ExternalSecret', 'db', namespace),
  spec: { secretStoreRef: { name: 'aws', ...(kind !== undefined && { kind }) } },
});

/** Of the kinds that each object needs, or that some need in addition. */
const missing = (found: ListedKinds, namespace: string, of: 'always' | 'sometimes' = 'always') =>
  found.missing(requires[of], namespace).map((unlisted) => `${unlisted.kind}/${unlisted.namespace}`);

describe('Coverage', () => {
  it('withholds one namespace where a kind that decides is unknown, and no other', () => {
    const found = coverage({ a: ['ExternalSecret', 'SecretStore', 'Secret'] });
    expect(missing(found, 'a')).toEqual(['ExternalSecret/a', 'SecretStore/a', 'Secret/a']);
    expect(missing(found, 'b')).toEqual([]);
    expect([found.isListed(id('Secret'), 'a'), found.isListed(id('Secret'), 'b'), found.servesSomething]).toEqual([false, true, true]);
  });

  it('knows when the resources of a namespace were listed, by the kinds that decide', () => {
    const found = coverage({ a: ['Secret', 'DaemonSet'] });
    expect([found.isComplete, found.listedAt('a'), found.lastAt]).toEqual([false, undefined, undefined]);
    found.listed(id('ExternalSecret'), 'a', 100);
    found.listed(id('Secret'), 'a', 300);
    found.listed(id('DaemonSet'), 'a', 400);
    found.listed(id('Namespace'), '', 200);
    expect([found.listedAt('a'), found.listedAt('b'), found.lastAt]).toEqual([300, 200, 300]);
    expect(coverage({ a: ['DaemonSet'] }).isComplete).toBe(true);
  });

  it('withholds nobody where a kind of workloads is unknown, and says that it is', () => {
    const found = coverage({ a: ['DaemonSet'], b: ['DaemonSet'] });
    expect([missing(found, 'a'), missing(found, 'b')]).toEqual([[], []]);
    expect([found.isListed(id('DaemonSet'), 'a'), found.isListed(id('Deployment'), 'a'), found.isListed(id('StatefulSet'), 'a')]).toEqual([
      false,
      true,
      false,
    ]);
    expect(describeUnlisted(found.unlisted())).toBe(
      'DaemonSet in namespace a (list is forbidden); DaemonSet in namespace b (list is forbidden)',
    );
  });

  it('withholds who uses a ClusterSecretStore where those or namespaces are unknown, and nobody else', () => {
    const found = coverage({ '': ['Namespace'] });
    expect([missing(found, 'a', 'sometimes'), missing(found, 'a')]).toEqual([['Namespace/'], []]);
  });

  it('serves nothing where no namespace is known', () => {
    expect(coverage({ a: ['Secret'], b: ['SecretStore'] }).servesSomething).toBe(false);
    expect(new ListedKinds(() => [], [requires]).servesSomething).toBe(false);
  });

  it('serves something as soon as one controller can work in one namespace, whichever it is', () => {
    const reflectors = [watched('ExternalSecret', { a: false }), watched('Toy', { a: false, b: true })];
    const found = new ListedKinds(() => reflectors, [requires, { always: [id('Toy')], sometimes: [] }]);
    expect([found.servesSomething, found.isComplete]).toEqual([true, false]);
    found.listed(id('Toy'), 'b', 100);
    expect(found.listedAt('b')).toBe(100);
  });

  it('is described shortly however much is missing', () => {
    const unlisted = Array.from({ length: 300 }, (_, index) => ({ kind: 'Secret', namespace: `n${index}`, problem: 'x'.repeat(10_000) }));
    const said = describeUnlisted(unlisted);
    expect(said?.length).toBeLessThan(3_000);
    expect(said).toMatch(/; 290 more$/);
    expect(describeUnlisted([])).toBeUndefined();
  });
});

interface Served {
  readonly worked: readonly string[];
  readonly held: readonly string[];
}

/** What becomes of the resources, and of one that is gone. */
async function served(found: ListedKinds, all: readonly ExternalSecretObject[]): Promise<Served> {
  const resources = new Store<ExternalSecretObject>();
  resources.replace(all);
  const [worked, held]: [string[], string[]] = [[], []];
  const options: ServedOnlyOptions = {
    coverage: found,
    requires,
    resources,
    reportMissing: async ({ metadata }, missing) => {
      held.push(`${metadata.namespace}: ${missing}`);
      return { kind: 'done' };
    },
  };
  const reconcile = servedOnly(async (key) => {
    worked.push(key);
    return { kind: 'done' };
  }, options);
  for (const key of [...all.map(keyOfObject), keyOf('a', 'gone')]) await reconcile(key, open, () => undefined);
  return { worked, held };
}

describe('servedOnly', () => {
  it('works on what is known, and has it said on the others what is missing', async () => {
    const { worked, held } = await served(coverage({ a: ['Secret', 'SecretStore'] }), [resource('a'), resource('b')]);
    expect(worked).toEqual(['b/db', 'a/gone']);
    expect(held).toEqual(['a: SecretStore, Secret in namespace a']);
    const both = await served(coverage({ a: ['Secret'], '': ['Namespace'] }), [resource('a', 'ClusterSecretStore')]);
    expect(both.held).toEqual(['a: Secret in namespace a; Namespace in the cluster']);
  });

  it('holds back one that uses a ClusterSecretStore for an entry only', async () => {
    const withEntry = (kind: string, name: string): ExternalSecretObject => ({
      ...object('ExternalSecret', name, 'a'),
      spec: { secretStoreRef: { name: 'aws' }, data: [{ sourceRef: { storeRef: { name: 'shared', kind } } }] },
    });
    const both = [withEntry('ClusterSecretStore', 'cluster'), withEntry('SecretStore', 'own')];
    const { worked, held } = await served(coverage({ '': ['ClusterSecretStore'] }), both);
    expect([worked, held]).toEqual([['a/own', 'a/gone'], ['a: ClusterSecretStore in the cluster']]);
  });

  it('lets one that is not kept say so where its namespace is served, whatever its store needs', async () => {
    const notKept = (namespace: string): ExternalSecretObject => ({ ...resource(namespace, 'ClusterSecretStore'), notKept: 1_000 });
    const { worked, held } = await served(coverage({ a: ['Secret'], '': ['ClusterSecretStore'] }), [notKept('a'), notKept('b')]);
    expect(worked).toEqual(['b/db', 'a/gone']);
    expect(held).toEqual(['a: Secret in namespace a; ClusterSecretStore in the cluster']);
  });
});

describe('the metric of what is unknown', () => {
  it('has a bounded number of series', async () => {
    const registry = new Registry();
    createUnlistedMetrics(registry, () => [
      { kind: 'Namespace', namespace: '' },
      ...Array.from({ length: 300 }, (_, index) => ({ kind: 'Secret', namespace: `n${index}` })),
    ]);
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('keytender_unlisted{'));
    expect(lines).toHaveLength(101);
    expect(lines).toContain('keytender_unlisted{kind="Namespace",scope="cluster"} 1');
    expect(lines).toContain('keytender_unlisted{kind="Secret",scope="other"} 201');
  });
});
