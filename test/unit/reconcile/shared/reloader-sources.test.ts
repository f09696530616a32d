// What workloads ask for by annotations of Reloader, round by round: what is followed, what counts, and that nothing stays when they ask no more.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { ReloaderSources } from '../../../../src/reconcile/shared/reloader-sources.ts';
import type { Consumer } from '../../../../src/restart/consumer/consumer.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { NameMatches } from '../../../../src/restart/foreign/name-matches.ts';
import { marksOf, type ReloaderFlags } from '../../../../src/restart/reloader/options.ts';
import { settleSlices } from '../../../support/fake-clock.ts';
import { raw } from '../../restart/consumer/workloads.ts';
import { ForeignWorld } from '../../restart/foreign/foreign-world.ts';
import { A, optionsOf } from '../../restart/reloader/reloader-scene.ts';

const ID = 'Deployment/team/app';
const auto = { [`${A}/auto`]: 'true' };

async function scene(flags: ReloaderFlags = {}, labels: Readonly<Record<string, string>> | 'unknown' = {}) {
  const world = new ForeignWorld();
  const options = optionsOf(flags);
  const { sources: foreign, versions, stop } = await world.lead({ marks: { id: 'test', of: (metadata) => marksOf(options, metadata) } });
  const { signal } = new AbortController();
  const woken: string[] = [];
  const onChange = (id: string): void => void woken.push(id);
  const matches = new NameMatches({ versions, slices: new TimeSlices(), onChange, onDefect: onChange as (error: unknown) => void, signal });
  const defect = Promise.withResolvers<never>();
  defect.promise.catch(() => undefined);
  const reloader = new ReloaderSources({
    options,
    foreign,
    matches,
    labelsOf: () => (labels === 'unknown' ? undefined : labels),
    defect: defect.promise,
  });
  const workload = (annotations: object, reads: readonly string[] = []): Consumer => {
    const podSpec = { containers: [{ name: 'app', envFrom: reads.map((name) => ({ configMapRef: { name } })) }] };
    return reduceConsumer('Deployment', raw('Deployment', { metadata: { annotations }, podSpec }), {
      ...keytender.annotations,
      reloader: options.names,
    });
  };
  const asked = async (consumer: Consumer): Promise<readonly string[]> => {
    reloader.askedBy(consumer);
    await settleSlices();
    return reloader.askedBy(consumer).demands.map(({ kind, name, by }) => `${kind}/${name} ${by}`);
  };
  return { world, foreign, matches, reloader, workload, asked, versions, woken, defect, stop };
}

describe('a workload', () => {
  it('without annotations is followed in nothing, and costs no watch', async () => {
    const { foreign, matches, versions, workload, asked } = await scene();
    expect(await asked(workload({}, ['colors']))).toEqual([]);
    expect([foreign.size, matches.scopes, versions.watches]).toEqual([0, 0, 0]);
  });

  it('is followed in what it asks for, until it asks for less, or is gone', async () => {
    const { world, foreign, matches, reloader, workload, asked, versions } = await scene();
    world.put('colors', { a: '1' });
    world.put('app-one', { a: '1' });
    expect(await asked(workload({ ...auto, [`configmap.${A}/reload`]: 'app-.*' }, ['colors']))).toEqual([
      'ConfigMap/colors auto',
      'ConfigMap/app-one list',
    ]);
    expect([foreign.size, matches.scopes]).toEqual([2, 1]);
    expect([...foreign.consumersOf('team', { kind: 'ConfigMap', name: 'app-one' })]).toEqual([ID]);
    expect(reloader.keeps('ConfigMap', 'team', 'colors')).toBe(true);
    expect(await asked(workload(auto, ['colors']))).toEqual(['ConfigMap/colors auto']);
    expect([foreign.size, matches.scopes]).toEqual([1, 0]);
    expect(reloader.keeps('ConfigMap', 'team', 'app-one')).toBe(false);
    reloader.forget(ID);
    expect([foreign.size, matches.scopes, versions.watches]).toEqual([0, 0, 0]);
  });

  it('that searches is followed in what it reads, and restarted for what matches', async () => {
    const { world, foreign, workload, asked } = await scene();
    world.put('colors', { a: '1' }, { annotations: { [`${A}/match`]: 'true' } });
    world.put('shapes', { a: '1' });
    expect(await asked(workload({ [`${A}/search`]: 'true' }, ['colors', 'shapes']))).toEqual(['ConfigMap/colors search']);
    expect(foreign.size).toBe(2);
  });

  it('is told what means nothing, and that there is too much', async () => {
    const { reloader, workload, asked } = await scene();
    await asked(workload({ [`secret.${A}/reload`]: '(' }));
    expect(reloader.askedBy(workload({ [`secret.${A}/reload`]: '(' }))).toMatchObject({
      problems: ['"(" is not a valid expression'],
      hasMore: false,
    });
    const names = Array.from({ length: 501 }, (_, index) => `s${index}`).join(',');
    expect(reloader.askedBy(workload({ [`secret.${A}/reload`]: names })).hasMore).toBe(true);
  });
});

describe('the settings of the installation', () => {
  it('auto-reload-all follows workloads that say nothing, except in ignored namespaces', async () => {
    const all = await scene({ autoReloadAll: true });
    expect(await all.asked(all.workload({}, ['colors']))).toEqual(['ConfigMap/colors auto']);
    const ignored = await scene({ autoReloadAll: true, namespacesToIgnore: 'team' });
    expect(await ignored.asked(ignored.workload(auto, ['colors']))).toEqual([]);
    expect(ignored.foreign.size).toBe(0);
  });

  it('namespaces count by their labels; without known labels they do not', async () => {
    for (const [labels, expected] of [
      [{ reload: 'yes' }, ['ConfigMap/colors auto']],
      [{}, []],
      ['unknown', []],
    ] as const) {
      const { workload, asked } = await scene({ namespaceSelector: 'reload=yes' }, labels);
      expect(await asked(workload(auto, ['colors']))).toEqual(expected);
    }
  });

  it('nothing is forgotten of a namespace whose names are not known yet', async () => {
    const { reloader, workload } = await scene();
    reloader.askedBy(workload({ [`configmap.${A}/reload`]: 'app-.*' }));
    expect(reloader.keeps('ConfigMap', 'team', 'any')).toBe(true);
    expect(reloader.keeps('Secret', 'team', 'any')).toBe(false);
    await settleSlices();
    expect(reloader.keeps('ConfigMap', 'team', 'any')).toBe(false);
  });
});

it('its part of the work ends with the work, or with the defect of a watch', async () => {
  const { reloader, defect } = await scene();
  const end = new AbortController();
  const running = reloader.run(end.signal);
  end.abort();
  await running;
  const failing = reloader.run(new AbortController().signal);
  defect.reject(new Error('a watch'));
  await expect(failing).rejects.toThrow('a watch');
});
