/** Observes the versions of objects while the process leads, with the settings, the metrics and the log of the operator. */
import type { Clock } from '../../base/time/clock.ts';
import type { Config } from '../../config.ts';
import type { ListWatcher } from '../../kube/port.ts';
import type { Logger } from '../../telemetry/log/logger.ts';
import type { KubeMetrics } from '../../telemetry/metrics/kube-metrics.ts';
import { ObjectVersions, type ObjectVersionsOptions } from '../../watch/object-versions.ts';

export interface LeaderVersionsOptions extends Pick<ObjectVersionsOptions, 'fieldSelectorOf'> {
  readonly watcher: ListWatcher;
  /** Without namespaces, one watch covers the cluster. */
  readonly config: Pick<Config, 'namespaces'>;
  readonly metrics: KubeMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The objects in log lines: one, and all of them. */
export interface ObjectWords {
  readonly one: string;
  readonly all: string;
}

export function leaderVersions(
  { config, metrics, logger, ...options }: LeaderVersionsOptions,
  words: ObjectWords,
  onDefect: (error: unknown) => void,
): ObjectVersions {
  return new ObjectVersions({
    ...options,
    clusterWide: config.namespaces.length === 0,
    onFailure: ({ kind }, namespace, failure) => {
      metrics.watchRestarted(kind, failure.kind);
      logger.warn({ kind, namespace, problem: failure.message }, `watch of ${words.all} failed; trying again`);
    },
    onError: (error) => {
      logger.error({ err: error }, `version of ${words.one} could not be delivered; this is a defect`);
    },
    onDefect,
  });
}
