// The annotations of Stakater Reloader against the API server: each row is a workload, its sources and one change. All rows share a namespace, and all sources
// change at once, so that a row takes no time of its own. The rows are the acceptance list of Reloader's own tests.
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type Annotations,
  changeSource,
  configMap,
  createReader,
  createSource,
  type Form,
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

jest.setTimeout(180_000);

let scene: Scene;

useSceneWithPods('annotations', (opened) => ({ scene } = opened), {
  node: true,
  flags: ['--reloader-annotations', '--restart-max-concurrent-per-namespace=1000'],
});

interface Row extends Omit<Workload, 'name'> {
  readonly title: string;
  readonly sources: readonly Source[];
  /** Default: the first source gets another value of its key. */
  readonly change?: (sources: readonly Source[]) => Promise<void>;
  readonly restarts: boolean;
}

const objects = () => scene.objects;
const auto: Annotations = { [`${A}/auto`]: 'true' };
const list = (kind: 'secret' | 'configmap', names: string): Annotations => ({ [`${kind}.${A}/reload`]: names });

let made = 0;
/** Sources of one row have names of their own. */
const s = (more: Partial<Source> = {}): Source => secret(`s${(made += 1)}`, more);
const c = (more: Partial<Source> = {}): Source => configMap(`c${(made += 1)}`, more);

const patchMeta =
  (metadata: object) =>
  async ([{ kind, name } = s()]: readonly Source[]) => {
    await objects().patch(kind === 'Secret' ? 'secrets' : 'configmaps', name, { metadata });
  };
const change =
  (data: Readonly<Record<string, string | null>>) =>
  async ([source = s()]: readonly Source[]) =>
    changeSource(objects(), source, data);

const forms: readonly Form[] = ['env', 'envFrom', 'volume', 'projected', 'initEnv', 'initVolume', 'subPath'];

function row(title: string, sources: readonly Source[], restarts: boolean, more: Omit<Row, 'title' | 'sources' | 'restarts'> = {}): Row {
  return { title, sources, restarts, ...more };
}

/** A row with one source that the workload reads by envFrom. */
function reading(title: string, source: Source, restarts: boolean, more: Omit<Row, 'title' | 'sources' | 'restarts'> = {}): Row {
  return row(title, [source], restarts, { reads: [['envFrom', source]], ...more });
}

function listing(title: string, source: Source, restarts: boolean, more: Omit<Row, 'title' | 'sources' | 'restarts'> = {}): Row {
  return row(title, [source], restarts, { on: list(source.kind === 'Secret' ? 'secret' : 'configmap', source.name), ...more });
}

const core: readonly Row[] = [
  listing('a Secret that is listed changes', s(), true),
  listing('a ConfigMap that is listed changes', c(), true),
  listing('labels of a listed Secret change', s(), false, { change: patchMeta({ labels: { team: 'a' } }) }),
  listing('annotations of a listed ConfigMap change', c(), false, { change: patchMeta({ annotations: { team: 'a' } }) }),
  reading('no annotation', s(), false),
  reading('auto: false', s(), false, { on: { [`${A}/auto`]: 'false' } }),
  ...forms.flatMap((form) =>
    [s(), c()].map((source) => row(`auto and ${form} of a ${source.kind}`, [source], true, { on: auto, reads: [[form, source]] })),
  ),
  reading('auto on a StatefulSet', s(), true, { kind: 'StatefulSet', on: auto }),
  reading('auto on a DaemonSet', c(), true, { kind: 'DaemonSet', on: auto }),
  listing('a list on a StatefulSet', c(), true, { kind: 'StatefulSet' }),
  listing('a list on a DaemonSet', s(), true, { kind: 'DaemonSet' }),
  ...[s()].map((source) => row('auto without a reference', [source], false, { on: auto })),
  ...[[s(), s()] as const].map(([first, second]) =>
    row('the second one of a list changes', [second, first], true, { on: list('secret', `${first.name}, ${second.name}`) }),
  ),
];

const places: readonly Row[] = [
  ...[s()].map((source) => row('a list of Secrets on the pod template', [source], true, { template: list('secret', source.name) })),
  ...[c()].map((source) => row('a list of ConfigMaps on the pod template', [source], true, { template: list('configmap', source.name) })),
  reading('auto on the pod template', c(), true, { template: auto }),
  ...[c()].map((source) =>
    row('a list on both places', [source], true, { on: list('configmap', source.name), template: list('configmap', source.name) }),
  ),
  ...[[s(), c()] as const].map(([changed, listed]) =>
    row('the pod template lists a ConfigMap and a Secret changes', [changed, listed], false, { template: list('configmap', listed.name) }),
  ),
  reading('the pod template says auto, but the workload has an annotation', s(), false, {
    on: { [`secret.${A}/auto`]: 'false' },
    template: auto,
  }),
];

const types: readonly Row[] = [
  reading('typed auto for Secrets, and a Secret changes', s(), true, { on: { [`secret.${A}/auto`]: 'true' } }),
  reading('typed auto for Secrets, and a ConfigMap changes', c(), false, { on: { [`secret.${A}/auto`]: 'true' } }),
  reading('typed auto for ConfigMaps, and a ConfigMap changes', c(), true, { on: { [`configmap.${A}/auto`]: 'true' } }),
  reading('typed auto for ConfigMaps, and a Secret changes', s(), false, { on: { [`configmap.${A}/auto`]: 'true' } }),
  ...[[s(), s()] as const].flatMap(([listed, read]) =>
    [[listed, read] as const].map((pair) =>
      row('auto and a list: the listed one changes', pair, true, {
        on: { ...auto, ...list('secret', listed.name) },
        reads: [['env', read]],
      }),
    ),
  ),
  ...[[s(), s()] as const].map(([read, listed]) =>
    row('auto and a list: the one that is read changes', [read, listed], true, {
      on: { ...auto, ...list('secret', listed.name) },
      reads: [['env', read]],
    }),
  ),
];

const excluded: readonly Row[] = [
  ...[s()].map((source) =>
    reading('auto without an excluded Secret', source, false, { on: { ...auto, [`secrets.exclude.${A}/reload`]: source.name } }),
  ),
  ...[c()].map((source) =>
    reading('auto without an excluded ConfigMap', source, false, { on: { ...auto, [`configmaps.exclude.${A}/reload`]: source.name } }),
  ),
  reading('auto with another one excluded', s(), true, { on: { ...auto, [`secrets.exclude.${A}/reload`]: 'another' } }),
  listing('a list with an ignored Secret', s({ annotations: { [`${A}/ignore`]: 'true' } }), false),
  reading('auto with an ignored ConfigMap', c({ annotations: { [`${A}/ignore`]: 'true' } }), false, { on: auto }),
  reading('ignore: false', s({ annotations: { [`${A}/ignore`]: 'false' } }), true, { on: auto }),
];

const searching: readonly Row[] = [
  reading('search and match', s({ annotations: { [`${A}/match`]: 'true' } }), true, { on: { [`${A}/search`]: 'true' } }),
  reading('search and match of a ConfigMap', c({ annotations: { [`${A}/match`]: 'true' } }), true, { on: { [`${A}/search`]: 'true' } }),
  reading('search without match', s(), false, { on: { [`${A}/search`]: 'true' } }),
  reading('match without search', c({ annotations: { [`${A}/match`]: 'true' } }), false),
];

const expressions: readonly Row[] = [
  ...[secret('db-main')].map((source) => row('an expression that matches', [source], true, { on: list('secret', 'db-m.*') })),
  ...[configMap('app-settings-1')].map((source) =>
    row('an expression that matches a ConfigMap', [source], true, { on: list('configmap', 'app-settings-[0-9]+') }),
  ),
  ...[secret('other-main')].map((source) =>
    row('an expression that does not match', [source], false, { on: list('secret', 'others?-minor') }),
  ),
  ...[secret('good-one')].map((source) =>
    row('an invalid expression beside a valid one', [source], true, { on: list('secret', '[, good-.*') }),
  ),
];

const contents: readonly Row[] = [
  listing('a key is added', c(), true, { change: change({ further: 'x' }) }),
  listing('a key is removed', c(), true, { change: change({ key: null }) }),
  listing('the first key comes', c({ data: {} }), true, { change: change({ key: 'x' }) }),
  listing('the same value is written again', c(), false, { change: change({ key: 'before' }) }),
  listing('binaryData changes', c(), true, {
    change: async ([source = c()]) =>
      void (await objects().patch('configmaps', source.name, { binaryData: { raw: Buffer.from([0, 255]).toString('base64') } })),
  }),
  ...[s({ data: { key: 'before', other: 'before' } })].map((source) =>
    row('auto, and another key than the one that is read changes', [source], false, {
      on: auto,
      reads: [['env', source]],
      change: change({ other: 'after' }),
    }),
  ),
];

const rows = [...core, ...places, ...types, ...excluded, ...searching, ...expressions, ...contents].map((one, index) => ({
  ...one,
  name: `w${index}`,
}));

const followed = (one: Row): boolean => one.restarts;
const fence = configMap('fence');
const fenced: Workload = { name: 'fenced', on: list('configmap', 'fence') };

describe('annotations of Reloader', () => {
  let counts: Readonly<Record<string, number>> = {};

  beforeAll(async () => {
    await Promise.all([...rows.flatMap(({ sources }) => sources), fence].map((source) => createSource(objects(), source)));
    for (const one of [...rows, fenced]) await createReader(objects(), one);
    await untilAllRolledOut(objects(), [...rows, fenced]);
    await untilFollowed(objects(), [
      ...rows.filter(followed).flatMap(({ sources: [first] }) => (first === undefined ? [] : [first])),
      fence,
    ]);
    expect(Object.values(await restartsOf(objects(), rows)).every((count) => count === 0)).toBe(true);
    await Promise.all(rows.map(({ change: make = change({ key: 'after' }), sources }) => make(sources)));
    await untilRestarts(objects(), rows, Object.fromEntries(rows.filter(({ restarts }) => restarts).map(({ name }) => [name, 1])));
    // What was changed before it would have been restarted by now.
    await changeSource(objects(), fence, { key: 'after' });
    await untilRestarts(objects(), [fenced], { fenced: 1 });
    counts = await restartsOf(objects(), rows);
  }, 170_000);

  it.each(rows)('$title: restart $restarts', ({ name, restarts }) => {
    expect(counts[name]).toBe(restarts ? 1 : 0);
  });
});
