// The flags of Stakater Reloader: each set of flags is one start of the operator, with workloads and sources of its own.
import { describe, expect, it, jest } from '@jest/globals';
import {
  allMarkersOf,
  changeSource,
  configMap,
  createReader,
  createSource,
  deleteSource,
  readerOf,
  RELOADER as A,
  restartsOf,
  type Source,
  secret,
  untilAllRolledOut,
  untilFollowed,
  untilRestarts,
  type Workload,
} from '../../support/operator/reloader.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';

jest.setTimeout(150_000);

let scene: Scene;

useSceneWithPods('flags', (opened) => ({ scene } = opened), {
  flags: ['--reloader-annotations', '--restart-max-concurrent-per-namespace=1000'],
});

const objects = () => scene.objects;
const auto = { [`${A}/auto`]: 'true' };
const list = (kind: 'secret' | 'configmap', names: string) => ({ [`${kind}.${A}/reload`]: names });
const reads = (source: Source): NonNullable<Workload['reads']> => [['envFrom', source]];

async function restartOperator(...flags: readonly string[]): Promise<void> {
  await scene.operator.kill();
  await scene.startOperator(flags);
}

async function setUp(sources: readonly Source[], workloads: readonly Workload[]): Promise<void> {
  for (const source of sources) await createSource(objects(), source);
  await Promise.all(workloads.map((workload) => createReader(objects(), workload)));
  await untilAllRolledOut(objects(), workloads);
}

describe('reload on create and on delete', () => {
  const [coming, going, parting] = [configMap('coming'), secret('going'), secret('parting')];
  const users: readonly Workload[] = [
    { name: 'waits', on: list('configmap', 'coming') },
    { name: 'loses', on: list('secret', 'going') },
    { name: 'parts', on: list('secret', 'parting') },
    { name: 'fenced', on: list('configmap', 'fence') },
  ];

  it('off: neither restarts', async () => {
    await setUp([going, parting, configMap('fence')], users);
    await untilFollowed(objects(), [going, parting, configMap('fence')]);
    await createSource(objects(), coming);
    await deleteSource(objects(), going);
    await changeSource(objects(), configMap('fence'), { key: 'after' });
    await untilRestarts(objects(), users, { fenced: 1 });
    expect(await restartsOf(objects(), users)).toEqual({ waits: 0, loses: 0, parts: 0, fenced: 1 });
    await deleteSource(objects(), coming);
  });

  it('on: each restarts once, also for what happened while no operator ran', async () => {
    const flags = ['--reloader-reload-on-create', '--reloader-reload-on-delete'];
    await restartOperator(...flags);
    await untilFollowed(objects(), [parting]);
    await changeSource(objects(), configMap('fence'), { key: 'once more' });
    await untilRestarts(objects(), users, { fenced: 2 });
    await createSource(objects(), coming);
    await deleteSource(objects(), parting);
    await untilRestarts(objects(), users, { waits: 1, parts: 1 });
    expect(allMarkersOf(await readerOf(objects(), { name: 'parts' }))['restart.keytender.dev/parting']).toMatch(/^\d+\.absent$/);
    await untilAllRolledOut(objects(), users);
    await scene.operator.kill();
    await deleteSource(objects(), coming);
    await scene.startOperator(flags);
    await untilRestarts(objects(), users, { waits: 2 });
    expect(await restartsOf(objects(), users)).toMatchObject({ waits: 2, parts: 1, fenced: 2 });
  });
});

describe('a set of flags', () => {
  it('auto-reload-all restarts workloads without annotations, and not those with auto: false; names of annotations can be others', async () => {
    const [open, closed, named] = [configMap('open'), configMap('closed'), secret('named')];
    const users: readonly Workload[] = [
      { name: 'silent', reads: reads(open) },
      { name: 'refuses', on: { [`${A}/auto`]: 'false' }, reads: reads(closed) },
      { name: 'renamed', on: { [`${A}/auto`]: 'false', 'acme.dev/secrets': 'named' } },
      { name: 'opted-out', on: { 'workload.keytender.dev/restart': 'false' }, reads: reads(open) },
    ];
    await setUp([open, closed, named], users);
    await restartOperator('--reloader-auto-reload-all', '--reloader-secret-annotation=acme.dev/secrets');
    await untilFollowed(objects(), [open, named]);
    for (const source of [open, closed, named]) await changeSource(objects(), source, { key: 'after' });
    await untilRestarts(objects(), users, { silent: 1, renamed: 1 });
    expect(await restartsOf(objects(), users)).toEqual({ silent: 1, refuses: 0, renamed: 1, 'opted-out': 0 });
  });

  it('resources-to-ignore leaves the other type working, and resource-label-selector selects', async () => {
    const labels = { reload: 'yes' };
    const [ignored, labelled, plain] = [secret('ignored', { labels }), configMap('labelled', { labels }), configMap('plain')];
    const users: readonly Workload[] = [ignored, labelled, plain].map((source) => ({
      name: `reads-${source.name}`,
      on: auto,
      reads: reads(source),
    }));
    await setUp([ignored, labelled, plain], users);
    await restartOperator('--reloader-resources-to-ignore=secrets', '--reloader-resource-label-selector=reload:yes');
    await untilFollowed(objects(), [labelled, plain]);
    for (const source of [ignored, plain, labelled]) await changeSource(objects(), source, { key: 'after' });
    await untilRestarts(objects(), users, { 'reads-labelled': 1 });
    expect(await restartsOf(objects(), users)).toEqual({ 'reads-ignored': 0, 'reads-labelled': 1, 'reads-plain': 0 });
  });

  it('namespaces count by their labels, and not if they are ignored', async () => {
    const source = configMap('of-namespace');
    const users: readonly Workload[] = [{ name: 'in-namespace', on: auto, reads: reads(source) }];
    await setUp([source], users);
    await restartOperator('--reloader-namespace-selector=reload=yes');
    expect(await scene.operator.metric('keytender_followed_sources')).toBe(0);
    const path = `/api/v1/namespaces/${scene.namespace}`;
    const body = { metadata: { labels: { reload: 'yes' } } };
    await scene.controlPlane.api.send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
    await untilFollowed(objects(), [source]);
    await changeSource(objects(), source, { key: 'after' });
    await untilRestarts(objects(), users, { 'in-namespace': 1 });

    await restartOperator('--reloader-namespace-selector=reload=yes', `--reloader-namespaces-to-ignore=${scene.namespace}`);
    expect(await scene.operator.metric('keytender_followed_sources')).toBe(0);
  });

  it('pause-period is a least time between two restarts, without a pause', async () => {
    const source = configMap('paced');
    const users: readonly Workload[] = [
      { name: 'slow', on: { ...auto, [`deployment.${A}/pause-period`]: '1h' }, reads: reads(source) },
      { name: 'quick', on: auto, reads: reads(source) },
    ];
    await setUp([source], users);
    await restartOperator();
    await untilFollowed(objects(), [source]);
    for (const [value, quick] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      await changeSource(objects(), source, { key: value });
      await untilRestarts(objects(), users, { slow: 1, quick });
      await untilAllRolledOut(objects(), users);
    }
    expect(await restartsOf(objects(), users)).toEqual({ slow: 1, quick: 2 });
    expect((await readerOf(objects(), { name: 'slow' })).spec).not.toHaveProperty('paused');
  });
});
