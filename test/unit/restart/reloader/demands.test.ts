// Bounds and keys of the demands, and random workloads against Reloader's decision as one sequence of questions.
import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, dictionary, property, record } from 'fast-check';
import { reloaderNames as names } from '../../../../src/restart/reloader/annotation-names.ts';
import { reloaderDemands } from '../../../../src/restart/reloader/demands.ts';
import { compilePattern } from '../../../../src/restart/reloader/name-pattern.ts';
import { marksId } from '../../../../src/restart/reloader/options.ts';
import { parseReloaderSettings } from '../../../../src/restart/reloader/parse-settings.ts';
import { patternSize } from '../../../../src/restart/reloader/pattern-size.ts';
import { type Annotations, configMap, optionsOf, reads, restarts, secret } from './reloader-scene.ts';

const list = (count: number, item: (n: number) => string): string => Array.from({ length: count }, (_, n) => item(n)).join(',');

describe('bounds', () => {
  it('of 500 names and 100 expressions for a workload', () => {
    const on = { [names.reload.Secret]: list(600, (n) => `s${n}`), [names.reload.ConfigMap]: list(150, (n) => `c${n}.*`) };
    const settings = parseReloaderSettings(names, on, undefined);
    expect([settings.Secret.names.length, settings.ConfigMap.patterns.length, settings.hasMore]).toEqual([500, 100, true]);
    const fits = { [names.reload.Secret]: list(500, (n) => `s${n}`), [names.reload.ConfigMap]: list(100, (n) => `c${n}.*`) };
    expect(parseReloaderSettings(names, fits, undefined).hasMore).toBe(false);
  });

  it('of 256 characters for an expression', () => {
    expect(compilePattern(`a.${'a'.repeat(254)}`)).toBeDefined();
    expect(compilePattern(`a.${'a'.repeat(255)}`)).toBeUndefined();
  });

  it('of five problems, each short', () => {
    const { problems } = parseReloaderSettings(names, { [names.reload.Secret]: list(50, (n) => `.${'x'.repeat(300)}${n}`) }, undefined);
    expect(problems).toHaveLength(5);
    for (const problem of problems) expect(problem.length).toBeLessThan(300);
  });

  it('of what an expression becomes when it is compiled', () => {
    for (const text of [String.raw`(\pL{30}){30}`, String.raw`\p{Greek}{999}`, String.raw`(?i:a{900}){12}`]) {
      expect(patternSize(text)).toBeGreaterThan(10_000);
      expect(compilePattern(text)).toBeUndefined();
    }
    const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
    expect(patternSize(uuid)).toBeLessThan(300);
    expect(compilePattern(uuid)?.matches('00000000-0000-0000-0000-000000000000')).toBe(true);
  });
});

describe('an expression', () => {
  it('is anchored as in Reloader: by its first and last branch', () => {
    const matching = (text: string) => ['app', 'app-1', 'my-db', 'x-app-db-x'].filter((name) => compilePattern(text)?.matches(name));
    expect(matching('app')).toEqual(['app']);
    expect(matching('app.*')).toEqual(['app', 'app-1']);
    expect(matching('app|db')).toEqual(['app', 'app-1', 'my-db']);
    expect(matching('(app|my-db)')).toEqual(['app', 'my-db']);
  });

  it('with a dot or a repetition is not taken for a name', () => {
    expect(compilePattern('a.b')?.matches('a-b')).toBe(true);
    expect(compilePattern('ab?')?.matches('a')).toBe(true);
    expect(compilePattern('ab{0,1}')?.matches('a')).toBe(true);
    expect(compilePattern('ab*')?.matches('abb')).toBe(true);
  });
});

describe('demands', () => {
  const settings = (on: Annotations) => parseReloaderSettings(names, on, undefined);

  it('found by a reference are for the keys that are read; listed ones for all', () => {
    const on = { [names.auto]: 'true', [names.reload.Secret]: 'listed' };
    const references = [reads(secret('s'), 'restart', ['password']), reads(secret('listed'), 'restart', ['user'])];
    expect(reloaderDemands(settings(on), references, optionsOf()).sources).toEqual([
      { kind: 'Secret', name: 's', keys: ['password'], by: 'auto' },
      { kind: 'Secret', name: 'listed', keys: 'all', by: 'list' },
    ]);
  });

  it('have the expressions, and the names that match them', () => {
    const on = { [names.reload.ConfigMap]: 'app-.*' };
    const found = reloaderDemands(settings(on), [], optionsOf(), [configMap('app-1'), secret('app-2')]);
    expect(found.patterns).toEqual({ Secret: [], ConfigMap: ['app-.*'] });
    expect(found.sources).toEqual([{ kind: 'ConfigMap', name: 'app-1', keys: 'all', by: 'list' }]);
  });
});

describe('the marks of an object', () => {
  it('are read again with other names or another selector', () => {
    const ids = [{}, { names: { ignore: 'x/y' } }, { names: { match: 'x/y' } }, { resourceLabelSelector: 'a=b' }].map((flags) =>
      marksId(optionsOf(flags)),
    );
    expect(new Set(ids).size).toBe(4);
    expect(marksId(optionsOf({ autoReloadAll: true }))).toBe(ids[0]);
  });
});

/** Reloader's decision for a Secret, one question after the other. */
function reloaderSays(
  on: Annotations,
  template: Annotations,
  isRead: boolean,
  object: Annotations,
  name: string,
  autoReloadAll: boolean,
): boolean {
  if (object[names.ignore] === 'true') return false;
  const asking = [names.reload.Secret, names.auto, names.typedAuto.Secret, names.search];
  const from = asking.some((each) => each in on) ? on : template;
  if ((on[names.exclude.Secret] ?? '').split(',').some((each) => each.trim() === name)) return false;
  if ((from[names.reload.Secret] ?? '').split(',').some((each) => each !== '' && new RegExp(`^${each.trim()}$`).test(name))) return true;
  if (!isRead) return false;
  if (from[names.search] === 'true' && object[names.match] === 'true') return true;
  return autoSays(from[names.auto] ?? '', from[names.typedAuto.Secret] ?? '', autoReloadAll);
}

function autoSays(auto: string, typed: string, autoReloadAll: boolean): boolean {
  return auto === 'true' || typed === 'true' || (auto === '' && typed === '' && autoReloadAll);
}

const value = constantFrom('true', 'false', '');
const items = constantFrom('db', 'app', 'db, app', 'a.*', '.*b', 'app|db', '');
const asked = record(
  {
    [names.auto]: value,
    [names.typedAuto.Secret]: value,
    [names.typedAuto.ConfigMap]: value,
    [names.search]: value,
    [names.reload.Secret]: items,
    [names.reload.ConfigMap]: items,
    [names.exclude.Secret]: items,
  },
  { requiredKeys: [] },
);

describe('a random workload', () => {
  it('is restarted exactly when Reloader would', () => {
    const cases = record({
      on: asked,
      template: asked,
      isRead: constantFrom(true, false),
      object: dictionary(constantFrom(names.ignore, names.match), value),
      name: constantFrom('db', 'app', 'web'),
      autoReloadAll: constantFrom(true, false),
    });
    assert(
      property(array(cases, { minLength: 20, maxLength: 20 }), (each) => {
        for (const { on, template, isRead, object, name, autoReloadAll } of each) {
          const workload = { on: on as Annotations, template: template as Annotations, reads: isRead ? [reads(secret(name))] : [] };
          const expected = reloaderSays(workload.on, workload.template, isRead, object, name, autoReloadAll);
          expect(restarts(workload, secret(name), { annotations: object }, { autoReloadAll })).toBe(expected);
        }
      }),
    );
  });
});
