/** The flags of Stakater Reloader that the operator understands, with the prefix `reloader-` (docs/migrating-from-reloader.md). Data, and what they mean together. */
import type { Result } from '../base/result.ts';
import { reloaderNames } from '../restart/reloader/annotation-names.ts';
import { reloaderOptions, type ReloaderOptions } from '../restart/reloader/options.ts';
import { annotationName, namespace, namespaces, text, toggle } from './setting.ts';

const annotation = (flag: string, fallback: string, of: string) =>
  annotationName({ flag: `reloader-${flag}`, fallback, help: `With --reloader-annotations: name of the annotation ${of}.` });

export const reloaderSettings = {
  reloaderAnnotations: toggle({
    flag: 'reloader-annotations',
    fallback: 'false',
    help: 'Understand the annotations of Stakater Reloader, for all Secrets and ConfigMaps. This needs permissions to get, list and watch them.',
  }),
  reloaderAutoReloadAll: toggle({
    flag: 'reloader-auto-reload-all',
    fallback: 'false',
    help: 'With --reloader-annotations: also restart workloads without annotations, for all that their pods read.',
  }),
  reloaderReloadOnCreate: toggle({
    flag: 'reloader-reload-on-create',
    fallback: 'false',
    help: 'With --reloader-annotations: the creation of a Secret or ConfigMap is a change.',
  }),
  reloaderReloadOnDelete: toggle({
    flag: 'reloader-reload-on-delete',
    fallback: 'false',
    help: 'With --reloader-annotations: the deletion of a Secret or ConfigMap is a change.',
  }),
  reloaderResourcesToIgnore: text(
    { flag: 'reloader-resources-to-ignore', fallback: '', help: 'With --reloader-annotations: do not restart for them.' },
    'secrets or configmaps',
  ),
  reloaderIgnoredWorkloadTypes: text(
    {
      flag: 'reloader-ignored-workload-types',
      fallback: '',
      help: 'Accepted without effect: Jobs and CronJobs are never restarted.',
    },
    'jobs, cronjobs, or both, separated by commas',
  ),
  reloaderNamespacesToIgnore: namespaces({
    flag: 'reloader-namespaces-to-ignore',
    fallback: '',
    help: 'With --reloader-annotations: namespaces whose annotations do not count. May be given several times.',
  }),
  reloaderNamespaceSelector: text(
    {
      flag: 'reloader-namespace-selector',
      fallback: '',
      help: 'With --reloader-annotations: annotations count in namespaces with these labels only. This needs permissions to list and watch namespaces.',
    },
    'a label selector',
  ),
  reloaderResourceLabelSelector: text(
    {
      flag: 'reloader-resource-label-selector',
      fallback: '',
      help: 'With --reloader-annotations: only Secrets and ConfigMaps with these labels count.',
    },
    'a label selector',
  ),
  reloaderNamespace: namespace({
    flag: 'reloader-namespace',
    fallback: '',
    help: "Namespace in which Reloader runs: while its Lease there is renewed, the operator reports that both are active. Default: the operator's own namespace.",
  }),
  reloaderAutoAnnotation: annotation('auto-annotation', reloaderNames.auto, 'auto'),
  reloaderSecretAutoAnnotation: annotation('secret-auto-annotation', reloaderNames.typedAuto.Secret, 'auto for Secrets'),
  reloaderConfigmapAutoAnnotation: annotation('configmap-auto-annotation', reloaderNames.typedAuto.ConfigMap, 'auto for ConfigMaps'),
  reloaderSecretAnnotation: annotation('secret-annotation', reloaderNames.reload.Secret, 'that lists Secrets'),
  reloaderConfigmapAnnotation: annotation('configmap-annotation', reloaderNames.reload.ConfigMap, 'that lists ConfigMaps'),
  reloaderAutoSearchAnnotation: annotation('auto-search-annotation', reloaderNames.search, 'search'),
  reloaderSearchMatchAnnotation: annotation('search-match-annotation', reloaderNames.match, 'match'),
  reloaderPauseDeploymentAnnotation: annotation('pause-deployment-annotation', reloaderNames.pausePeriod, 'with the pause period'),
  reloaderPauseDeploymentTimeAnnotation: annotation(
    'pause-deployment-time-annotation',
    reloaderNames.pausedAt,
    'that says since when Reloader has paused a Deployment',
  ),
} as const;

type ReloaderConfig = {
  readonly [Name in keyof typeof reloaderSettings]: Exclude<ReturnType<(typeof reloaderSettings)[Name]['read']>, undefined>;
};

/** The failure names the flag. Whether the annotations count at all is another question: see reloaderOf. */
export function readReloaderOptions(config: ReloaderConfig): Result<ReloaderOptions, string> {
  return reloaderOptions({
    names: {
      auto: config.reloaderAutoAnnotation,
      typedAuto: { Secret: config.reloaderSecretAutoAnnotation, ConfigMap: config.reloaderConfigmapAutoAnnotation },
      reload: { Secret: config.reloaderSecretAnnotation, ConfigMap: config.reloaderConfigmapAnnotation },
      search: config.reloaderAutoSearchAnnotation,
      match: config.reloaderSearchMatchAnnotation,
      pausePeriod: config.reloaderPauseDeploymentAnnotation,
      pausedAt: config.reloaderPauseDeploymentTimeAnnotation,
    },
    autoReloadAll: config.reloaderAutoReloadAll,
    resourcesToIgnore: config.reloaderResourcesToIgnore,
    ignoredWorkloadTypes: config.reloaderIgnoredWorkloadTypes,
    namespacesToIgnore: config.reloaderNamespacesToIgnore.join(','),
    namespaceSelector: config.reloaderNamespaceSelector,
    resourceLabelSelector: config.reloaderResourceLabelSelector,
    reloadOnCreate: config.reloaderReloadOnCreate,
    reloadOnDelete: config.reloaderReloadOnDelete,
  });
}

/** Undefined: the annotations of Reloader do not count. Throws a TypeError for options that are none, which the start has refused before. */
export function reloaderOf(config: ReloaderConfig & { readonly restart: boolean }): ReloaderOptions | undefined {
  if (!config.restart || !config.reloaderAnnotations) return undefined;
  const options = readReloaderOptions(config);
  if (!options.ok) throw new TypeError(options.failure);
  return options.value;
}
