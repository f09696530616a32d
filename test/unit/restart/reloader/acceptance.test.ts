/**
 * What Reloader's own tests ask for, as far as annotations and flags decide it. docs/migrating-from-reloader.md refers to these tests by name. That an unchanged
 * value restarts nobody is tested with the content (foreign), and the patch itself with the workloads.
 */
import { describe, expect, it } from '@jest/globals';
import { isNamespaceLooked, reloaderOptions } from '../../../../src/restart/reloader/options.ts';
import { parseReloaderSettings } from '../../../../src/restart/reloader/parse-settings.ts';
import { reloaderNames } from '../../../../src/restart/reloader/annotation-names.ts';
import { A, configMap, optionsOf, reads, restarts, secret } from './reloader-scene.ts';

const auto = { [`${A}/auto`]: 'true' };
const secretList = (list: string) => ({ [`secret.${A}/reload`]: list });
const configMapList = (list: string) => ({ [`configmap.${A}/reload`]: list });
const search = { [`${A}/search`]: 'true' };
const match = { annotations: { [`${A}/match`]: 'true' } };
const both = [reads(secret('s')), reads(configMap('c'))];

describe('core', () => {
  it('Secret data change → rollout; ConfigMap change → rollout', () => {
    expect(restarts({ on: secretList('s') }, secret('s'))).toBe(true);
    expect(restarts({ on: configMapList('c') }, configMap('c'))).toBe(true);
  });

  it('no annotation → no rollout', () => {
    expect(restarts({ reads: both }, secret('s'))).toBe(false);
    expect(restarts({ reads: both }, configMap('c'))).toBe(false);
  });

  it('auto: true with a reference of any form → rollout', () => {
    expect(restarts({ on: auto, reads: both }, secret('s'))).toBe(true);
    expect(restarts({ on: auto, reads: both }, configMap('c'))).toBe(true);
    expect(restarts({ on: auto, reads: both }, configMap('other'))).toBe(false);
  });

  it('auto does not follow what is live or only pulls images', () => {
    expect(restarts({ on: auto, reads: [reads(secret('s'), 'live')] }, secret('s'))).toBe(false);
    expect(restarts({ on: auto, reads: [reads(secret('s'), 'image-pull')] }, secret('s'))).toBe(false);
  });

  it('auto: true counts in each form that Go reads as true', () => {
    for (const value of ['1', 't', 'T', 'TRUE', 'true', 'True'])
      expect(restarts({ on: { [`${A}/auto`]: value }, reads: both }, secret('s'))).toBe(true);
    for (const value of ['yes', 'on', 'tRUE', ' true', '0', 'false', ''])
      expect(restarts({ on: { [`${A}/auto`]: value }, reads: both }, secret('s'))).toBe(false);
  });

  it('auto: false wins over auto-all; auto-all reloads workloads without annotations', () => {
    const flags = { autoReloadAll: true };
    expect(restarts({ reads: both }, secret('s'), {}, flags)).toBe(true);
    expect(restarts({ on: { [`${A}/auto`]: 'false' }, reads: both }, secret('s'), {}, flags)).toBe(false);
    expect(restarts({ on: { [`${A}/auto`]: 'no such value' }, reads: both }, secret('s'), {}, flags)).toBe(false);
    expect(restarts({ on: { [`${A}/auto`]: '' }, reads: both }, secret('s'), {}, flags)).toBe(true);
    expect(restarts({ reads: [] }, secret('s'), {}, flags)).toBe(false);
  });

  it('auto: false neither takes back an explicit list nor search', () => {
    const off = { [`${A}/auto`]: 'false' };
    expect(restarts({ on: { ...off, ...secretList('s') } }, secret('s'))).toBe(true);
    expect(restarts({ on: { ...off, ...search }, reads: both }, secret('s'), match)).toBe(true);
    expect(restarts({ on: { ...off, [`secret.${A}/auto`]: 'true' }, reads: both }, secret('s'))).toBe(true);
  });

  it('typed auto: false takes its type out of auto-all', () => {
    const on = { [`secret.${A}/auto`]: 'false' };
    expect(restarts({ on, reads: both }, secret('s'), {}, { autoReloadAll: true })).toBe(false);
    expect(restarts({ on, reads: both }, configMap('c'), {}, { autoReloadAll: true })).toBe(true);
  });

  it('any one of several listed Secrets changes → rollout', () => {
    for (const name of ['a', 'b', 'c']) expect(restarts({ on: secretList('a, b ,c,') }, secret(name))).toBe(true);
    expect(restarts({ on: secretList('a, b ,c,') }, secret('d'))).toBe(false);
  });

  it('an explicit list needs no reference', () => {
    expect(restarts({ on: secretList('s'), reads: [] }, secret('s'))).toBe(true);
  });

  it('annotation only on pod template (secret, configmap, auto) works', () => {
    expect(restarts({ template: secretList('s') }, secret('s'))).toBe(true);
    expect(restarts({ template: configMapList('c') }, configMap('c'))).toBe(true);
    expect(restarts({ template: auto, reads: both }, configMap('c'))).toBe(true);
    expect(restarts({ template: search, reads: both }, secret('s'), match)).toBe(true);
  });

  it('annotation on both places works', () => {
    expect(restarts({ on: secretList('s'), template: secretList('s') }, secret('s'))).toBe(true);
  });

  it('template names CM but Secret changed → none', () => {
    expect(restarts({ template: configMapList('same') }, secret('same'))).toBe(false);
  });

  it('the template counts only if the workload has none of reload, auto, typed auto, search', () => {
    const asking = [secretList('other'), { [`${A}/auto`]: 'false' }, { [`secret.${A}/auto`]: 'false' }, { [`${A}/search`]: 'false' }];
    for (const on of asking) expect(restarts({ on, template: secretList('s') }, secret('s'))).toBe(false);
    expect(restarts({ on: { other: 'annotation' }, template: secretList('s') }, secret('s'))).toBe(true);
    // By type: what the workload says of Secrets does not concern ConfigMaps.
    expect(restarts({ on: secretList('s'), template: configMapList('c') }, configMap('c'))).toBe(true);
  });

  it('typed auto reacts only to its type', () => {
    expect(restarts({ on: { [`secret.${A}/auto`]: 'true' }, reads: both }, secret('s'))).toBe(true);
    expect(restarts({ on: { [`secret.${A}/auto`]: 'true' }, reads: both }, configMap('c'))).toBe(false);
    expect(restarts({ on: { [`configmap.${A}/auto`]: 'true' }, reads: both }, configMap('c'))).toBe(true);
  });

  it('auto + explicit: both the auto-found and the listed trigger', () => {
    const workload = { on: { ...auto, ...configMapList('listed') }, reads: both };
    expect(restarts(workload, secret('s'))).toBe(true);
    expect(restarts(workload, configMap('c'))).toBe(true);
    expect(restarts(workload, configMap('listed'))).toBe(true);
  });

  it('exclude respected; non-excluded still reloads', () => {
    const on = { ...auto, [`secrets.exclude.${A}/reload`]: 's, t', [`configmaps.exclude.${A}/reload`]: 'x.*' };
    const workload = { on, reads: [...both, reads(secret('u')), reads(configMap('xy'))] };
    expect(restarts(workload, secret('s'))).toBe(false);
    expect(restarts(workload, secret('u'))).toBe(true);
    // Exact names, no expressions.
    expect(restarts(workload, configMap('xy'))).toBe(true);
  });

  it('exclude wins over an explicit list, and counts on the workload only', () => {
    const exclude = { [`secrets.exclude.${A}/reload`]: 's' };
    expect(restarts({ on: { ...secretList('s'), ...exclude } }, secret('s'))).toBe(false);
    expect(restarts({ template: { ...secretList('s'), ...exclude } }, secret('s'))).toBe(true);
    expect(restarts({ on: exclude, template: secretList('s') }, secret('s'))).toBe(false);
  });

  it('ignore on resource respected', () => {
    const ignored = { annotations: { [`${A}/ignore`]: 'true' } };
    expect(restarts({ on: auto, reads: both }, secret('s'), ignored)).toBe(false);
    expect(restarts({ on: secretList('s') }, secret('s'), ignored)).toBe(false);
    expect(restarts({ on: auto, reads: both }, secret('s'), { annotations: { [`${A}/ignore`]: 'True' } })).toBe(true);
  });

  it('search+match → reload; search without match → none; match without search → none', () => {
    expect(restarts({ on: search, reads: both }, secret('s'), match)).toBe(true);
    expect(restarts({ on: search, reads: both }, secret('s'))).toBe(false);
    expect(restarts({ reads: both }, secret('s'), match)).toBe(false);
    expect(restarts({ on: search, reads: [] }, secret('s'), match)).toBe(false);
    expect(restarts({ on: { [`${A}/search`]: 'True' }, reads: both }, secret('s'), match)).toBe(false);
  });

  it('of many workloads only the one with search', () => {
    const workloads = [{ on: search, reads: both }, { reads: both }, { on: secretList('other'), reads: both }];
    expect(workloads.map((workload) => restarts(workload, secret('s'), match))).toEqual([true, false, false]);
  });

  it("regex list: match reloads, non-match doesn't, invalid regex neither panics nor blocks the other items", () => {
    const on = secretList('[, app-.*, (?<=x)y, db');
    expect(restarts({ on }, secret('app-one'))).toBe(true);
    expect(restarts({ on }, secret('my-app-one'))).toBe(false);
    expect(restarts({ on }, secret('db'))).toBe(true);
  });
});

describe('kinds', () => {
  it('Argo Rollout: default strategy → template annotation; restart → restartAt', () => {
    const strategy = (value?: string) =>
      parseReloaderSettings(reloaderNames, value === undefined ? {} : { [`${A}/rollout-strategy`]: value }, undefined).strategy;
    expect([strategy(), strategy('rollout'), strategy('restart'), strategy('other')]).toEqual(['rollout', 'rollout', 'restart', 'rollout']);
  });

  it('pause-period is a least time between two restarts; absent or invalid: none', () => {
    const settings = (on?: Record<string, string>, template?: Record<string, string>) => parseReloaderSettings(reloaderNames, on, template);
    expect(settings({ [`deployment.${A}/pause-period`]: '5m' }).minInterval).toBe(300_000);
    expect(settings({}).minInterval).toBeUndefined();
    expect(settings(undefined, { [`deployment.${A}/pause-period`]: '5m' }).minInterval).toBeUndefined();
    const invalid = settings({ [`deployment.${A}/pause-period`]: 'soon' });
    expect(invalid.minInterval).toBeUndefined();
    expect(invalid.problems).toEqual(['deployment.reloader.stakater.com/pause-period is no duration']);
  });

  it('a Deployment that Reloader has paused is known', () => {
    expect(parseReloaderSettings(reloaderNames, { [`deployment.${A}/paused-at`]: '2026-01-01T00:00:00Z' }, undefined).isPaused).toBe(true);
    expect(parseReloaderSettings(reloaderNames, {}, undefined).isPaused).toBe(false);
  });
});

describe('flags', () => {
  it('ignoreSecrets / ignoreConfigMaps each leave the other type working', () => {
    for (const resourcesToIgnore of ['secrets', 'Secrets']) {
      expect(restarts({ on: { ...auto, ...secretList('.*') }, reads: both }, secret('s'), {}, { resourcesToIgnore })).toBe(false);
      expect(restarts({ on: auto, reads: both }, configMap('c'), {}, { resourcesToIgnore })).toBe(true);
    }
    expect(restarts({ on: auto, reads: both }, secret('s'), {}, { resourcesToIgnore: 'configMaps' })).toBe(true);
    expect(restarts({ on: auto, reads: both }, configMap('c'), {}, { resourcesToIgnore: 'configMaps' })).toBe(false);
  });

  it('resources-to-ignore and ignored-workload-types refuse what they do not know', () => {
    expect(reloaderOptions({ resourcesToIgnore: 'secrets,configmaps' })).toEqual({
      ok: false,
      failure: 'resources-to-ignore accepts one of secrets and configmaps, not both',
    });
    expect(reloaderOptions({ resourcesToIgnore: 'pods' }).ok).toBe(false);
    expect(reloaderOptions({ ignoredWorkloadTypes: 'deployments' }).ok).toBe(false);
    expect(reloaderOptions({ ignoredWorkloadTypes: 'jobs,cronjobs' }).ok).toBe(true);
  });

  it('ignoreNamespaces', () => {
    const options = optionsOf({ namespacesToIgnore: 'kube-system, other' });
    expect(['kube-system', 'other', 'team'].map((name) => isNamespaceLooked(options, name, {}))).toEqual([false, false, true]);
  });

  it('namespaceSelector', () => {
    const options = optionsOf({ namespaceSelector: 'env in (dev, test),!frozen' });
    expect(isNamespaceLooked(options, 'team', { env: 'dev' })).toBe(true);
    expect(isNamespaceLooked(options, 'team', { env: 'prod' })).toBe(false);
    expect(isNamespaceLooked(options, 'team', { env: 'dev', frozen: '' })).toBe(false);
    expect(isNamespaceLooked(options, 'team', undefined)).toBe(false);
  });

  it('resourceLabelSelector (labelled yes, unlabelled no)', () => {
    for (const resourceLabelSelector of [
      'reload=yes',
      'reload:yes',
      'reload=*',
      'reload:*',
      'reload',
      'reload==yes',
      'reload!=no,reload',
    ]) {
      expect(restarts({ on: auto, reads: both }, secret('s'), { labels: { reload: 'yes' } }, { resourceLabelSelector })).toBe(true);
      expect(restarts({ on: auto, reads: both }, secret('s'), {}, { resourceLabelSelector })).toBe(false);
    }
  });

  it('a selector that is none is refused, with the flag', () => {
    for (const text of ['a b', '=x', 'a in (b', 'a=b=c', '!', 'a notin b'])
      expect(reloaderOptions({ resourceLabelSelector: text })).toMatchObject({
        ok: false,
        failure: `resource-label-selector: "${text}" is no label selector`,
      });
  });

  it('renamed annotation keys', () => {
    const names = {
      auto: 'example.com/auto',
      reload: { Secret: 'example.com/secrets', ConfigMap: 'example.com/configs' },
      ignore: 'example.com/skip',
    };
    expect(restarts({ on: { 'example.com/auto': 'true' }, reads: both }, secret('s'), {}, { names })).toBe(true);
    expect(restarts({ on: { 'example.com/secrets': 's' } }, secret('s'), {}, { names })).toBe(true);
    expect(restarts({ on: auto, reads: both }, secret('s'), {}, { names })).toBe(false);
    expect(
      restarts(
        { on: { 'example.com/auto': 'true' }, reads: both },
        secret('s'),
        { annotations: { 'example.com/skip': 'true' } },
        { names },
      ),
    ).toBe(false);
  });
});
