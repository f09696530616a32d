// The flags of Reloader: what they mean together, and what is refused at the start.
import { expect, it } from '@jest/globals';
import { type Config, parseInvocation } from '../../../src/config.ts';
import { reloaderOf } from '../../../src/config/reloader-settings.ts';

function configOf(...flags: readonly string[]): Config {
  const invocation = parseInvocation(['controller', ...flags], {}, '1.2.3');
  if (invocation.kind !== 'run') throw new Error(JSON.stringify(invocation));
  return invocation.config;
}

it('without the setting, and without restarts, the annotations do not count', () => {
  expect(reloaderOf(configOf())).toBeUndefined();
  expect(reloaderOf(configOf('--reloader-auto-reload-all'))).toBeUndefined();
  expect(reloaderOf(configOf('--reloader-annotations', '--restart=false'))).toBeUndefined();
  expect(reloaderOf(configOf('--reloader-annotations'))).toMatchObject({
    autoReloadAll: false,
    reloadOnCreate: false,
    reloadOnDelete: false,
  });
});

it('flags and names of annotations are taken over', () => {
  const options = reloaderOf(
    configOf(
      '--reloader-annotations',
      '--reloader-auto-reload-all',
      '--reloader-reload-on-create',
      '--reloader-reload-on-delete',
      '--reloader-resources-to-ignore=configMaps',
      '--reloader-namespaces-to-ignore=a',
      '--reloader-namespaces-to-ignore=b',
      '--reloader-secret-annotation=acme.dev/secrets',
      '--reloader-pause-deployment-annotation=acme.dev/pause',
    ),
  );
  expect(options).toMatchObject({ autoReloadAll: true, reloadOnCreate: true, reloadOnDelete: true });
  expect(options?.ignoredKinds).toEqual(new Set(['ConfigMap']));
  expect(options?.ignoredNamespaces).toEqual(new Set(['a', 'b']));
  expect(options?.names).toMatchObject({
    reload: { Secret: 'acme.dev/secrets' },
    pausePeriod: 'acme.dev/pause',
    search: 'reloader.stakater.com/search',
  });
});

it('what Reloader does not accept is refused with the flag', () => {
  const lineOf = (flag: string): string => {
    const invocation = parseInvocation(['controller', flag], {}, '1.2.3');
    return invocation.kind === 'error' ? invocation.line : invocation.kind;
  };
  expect(lineOf('--reloader-resources-to-ignore=secrets,configmaps')).toContain('--reloader-resources-to-ignore');
  expect(lineOf('--reloader-ignored-workload-types=deployments')).toContain('--reloader-ignored-workload-types');
  expect(lineOf('--reloader-namespace-selector=a in b')).toContain('--reloader-namespace-selector');
  expect(lineOf('--reloader-resource-label-selector=(')).toContain('--reloader-resource-label-selector');
  expect(lineOf('--reloader-auto-annotation=not an annotation')).toContain('--reloader-auto-annotation');
});
