// The values of the chart for annotations of Stakater Reloader, as the operator reads them.
import { describe, expect, it } from '@jest/globals';
import { type Config, parseInvocation } from '../../../src/config.ts';
import { type ChartObject, renderChart, rulesOf } from '../../support/chart.ts';
import { containerOf } from './chart-objects.ts';

function operatorConfig(objects: readonly ChartObject[]): Config {
  const invocation = parseInvocation(containerOf(objects).args, {}, '0');
  if (invocation.kind !== 'run') throw new Error(invocation.kind === 'error' ? invocation.line : invocation.kind);
  return invocation.config;
}

describe('the flags of Reloader', () => {
  it('are read from the values', async () => {
    const annotations = {
      auto: 'acme.dev/auto',
      secretAuto: 'acme.dev/secret-auto',
      configmapAuto: 'acme.dev/configmap-auto',
      secret: 'acme.dev/secret',
      configmap: 'acme.dev/configmap',
      autoSearch: 'acme.dev/search',
      searchMatch: 'acme.dev/match',
      pauseDeployment: 'acme.dev/pause',
      pauseDeploymentTime: 'acme.dev/paused-at',
    };
    const reloader = {
      namespace: 'reloader',
      autoReloadAll: true,
      reloadOnCreate: true,
      reloadOnDelete: true,
      resourcesToIgnore: 'configMaps',
      ignoredWorkloadTypes: 'jobs',
      namespacesToIgnore: ['a', 'b'],
      namespaceSelector: 'team in (a, b)',
      resourceLabelSelector: 'reload:*',
      annotations,
    };
    expect(operatorConfig(await renderChart({ restart: { reloaderAnnotations: true, reloader } }))).toMatchObject({
      reloaderAnnotations: true,
      reloaderNamespace: 'reloader',
      reloaderAutoReloadAll: true,
      reloaderReloadOnCreate: true,
      reloaderReloadOnDelete: true,
      reloaderResourcesToIgnore: 'configMaps',
      reloaderIgnoredWorkloadTypes: 'jobs',
      reloaderNamespacesToIgnore: ['a', 'b'],
      reloaderNamespaceSelector: 'team in (a, b)',
      reloaderResourceLabelSelector: 'reload:*',
      reloaderAutoAnnotation: 'acme.dev/auto',
      reloaderSecretAutoAnnotation: 'acme.dev/secret-auto',
      reloaderConfigmapAutoAnnotation: 'acme.dev/configmap-auto',
      reloaderSecretAnnotation: 'acme.dev/secret',
      reloaderConfigmapAnnotation: 'acme.dev/configmap',
      reloaderAutoSearchAnnotation: 'acme.dev/search',
      reloaderSearchMatchAnnotation: 'acme.dev/match',
      reloaderPauseDeploymentAnnotation: 'acme.dev/pause',
      reloaderPauseDeploymentTimeAnnotation: 'acme.dev/paused-at',
    });
  });
});

describe('the permissions', () => {
  const reloader = { namespace: 'reloader', namespaceSelector: 'a=b' };

  it('are those to watch ConfigMaps and to get the Lease of Reloader', async () => {
    const objects = await renderChart({ restart: { reloaderAnnotations: true, reloader }, clusterStores: { enabled: false } });
    const rules = rulesOf(objects);
    expect(rules.filter(({ resource, verb }) => resource === 'configmaps' && verb === 'watch')).toHaveLength(1);
    expect(rules.filter(({ resource, verb }) => resource === 'namespaces' && verb === 'watch')).toHaveLength(1);
    expect(rules.filter(({ name }) => name === 'stakater-reloader-lock')).toEqual([
      expect.objectContaining({ verb: 'get', namespace: 'reloader' }),
    ]);
    const text = rules.map((rule) => JSON.stringify(Object.values(rule)));
    expect(new Set(text).size).toBe(text.length);
  });

  it('are none without the setting, whatever the flags say', async () => {
    const objects = await renderChart({ restart: { reloader: { ...reloader, autoReloadAll: true } } });
    expect(rulesOf(objects).filter(({ resource, verb }) => resource === 'configmaps' && verb === 'watch')).toEqual([]);
    expect(containerOf(objects).args.filter((arg) => arg.includes('reloader'))).toEqual([]);
  });
});
