/**
 * Reduces a workload to what a restart needs. It runs for each event of each workload of the cluster, and all results are kept, so it is cheap, and most results
 * share their empty parts. Pure, and does not throw, whatever the workload holds: the schema of a Rollout is not ours.
 */
import type { DialectAnnotations } from '../../api/dialect.ts';
import { apiVersionOf } from '../../api/object/resource-type.ts';
import { coreMetadata } from '../../api/object/core-metadata.ts';
import type { KubeObject, ObjectMeta } from '../../api/object/object.ts';
import type { ReloaderNames } from '../reloader/annotation-names.ts';
import { readReloaderSettings } from '../reloader/read-settings.ts';
import { shortCopy } from '../../base/excerpt.ts';
import { mapOf, memberOf, textOf } from '../../base/members.ts';
import type { Consumer, ConsumerKind } from './consumer.ts';
import { consumerTypes } from './consumer-types.ts';
import { ownerIn } from './owner.ts';
import { markersIn } from './restart-markers.ts';
import { rolloutFacts } from './rollout-facts.ts';
import { templateId } from './template-id.ts';
import { templateReferences } from './template-references.ts';
import { readSettings } from './workload-settings.ts';

export interface AnnotationNames extends Pick<DialectAnnotations, 'restartPrefix' | 'restartConfigMapPrefix' | 'workloadPrefix'> {
  /** The annotations of Stakater Reloader, if they count in this installation. */
  readonly reloader?: ReloaderNames | undefined;
}

const MAX_NAME = 253;

/** `names`: in the dialect of the reader. `wanted`: names of markers that are kept in any case. */
export function reduceConsumer(kind: ConsumerKind, raw: KubeObject, names: AnnotationNames, wanted: readonly string[] = []): Consumer {
  const spec = memberOf(raw, 'spec');
  const template = memberOf(spec, 'template');
  const own = mapOf(raw.metadata, 'annotations');
  const ofTemplate = mapOf(memberOf(template, 'metadata'), 'annotations');
  const { settings, isLive, problems, reloader } = allSettings(kind, names, own, ofTemplate);
  const workloadRef = kind === 'Rollout' ? workloadRefIn(spec) : undefined;
  const podSpec = workloadRef === undefined ? memberOf(template, 'spec') : undefined;
  const { consumes, hasMoreReferences } = templateReferences(podSpec, isLive);
  const carrier = settings.strategy === 'restart' ? own : ofTemplate;
  const owner = ownerIn(raw.metadata);
  return {
    apiVersion: apiVersions[kind],
    kind,
    metadata: metadataOf(raw.metadata),
    consumes,
    hasMoreReferences,
    ...markersIn(carrier, names, consumes, wanted),
    settings,
    problems,
    rollout: rolloutFacts(kind, raw, names.reloader?.pausedAt),
    ...(template === undefined ? {} : { templateId: templateId(template, names) }),
    ...given({ owner, reloader, workloadRef }),
  };
}

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without the members that are undefined. */
function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}

type Annotations = Readonly<Record<string, unknown>> | undefined;

/** Either annotation makes the strategy of a Rollout. */
function allSettings(kind: ConsumerKind, names: AnnotationNames, own: Annotations, template: Annotations) {
  const { settings, ...read } = readSettings(kind, names.workloadPrefix, own, template);
  const reloader = names.reloader && readReloaderSettings(names.reloader, own, template);
  const isRestart = kind === 'Rollout' && reloader?.strategy === 'restart';
  return { ...read, reloader, settings: isRestart ? { ...settings, strategy: 'restart' as const } : settings };
}

const apiVersions: Readonly<Record<ConsumerKind, string>> = {
  Deployment: apiVersionOf(consumerTypes.Deployment),
  StatefulSet: apiVersionOf(consumerTypes.StatefulSet),
  DaemonSet: apiVersionOf(consumerTypes.DaemonSet),
  Rollout: apiVersionOf(consumerTypes.Rollout),
};

/** With its labels, for selectors. The API server validates them for every kind. */
function metadataOf(metadata: ObjectMeta): ObjectMeta {
  const { labels } = metadata;
  return labels === undefined ? coreMetadata(metadata) : { ...coreMetadata(metadata), labels };
}

/** A Rollout may also take its template from other kinds, which cannot be restarted. */
function workloadRefIn(spec: unknown): string | undefined {
  const reference = memberOf(spec, 'workloadRef');
  const name = textOf(reference, 'kind') === 'Deployment' ? textOf(reference, 'name') : undefined;
  return name === undefined ? undefined : shortCopy(name, MAX_NAME);
}
