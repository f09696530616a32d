/**
 * The fields of spec and status of a workload that decide about its rollout, in one form for all kinds. Numbers that the API leaves out have their defaults. Pure.
 * Rollouts: https://github.com/argoproj/argo-rollouts/blob/master/utils/rollout/rolloututil.go
 */
import { shortCopy } from '../../base/excerpt.ts';
import { countOf, listOf, mapOf, memberOf, textIn, textOf } from '../../base/members.ts';
import { reloaderNames } from '../reloader/annotation-names.ts';
import type { ConsumerKind, RolloutFacts } from './consumer.ts';
import { awaitsPromotion } from './rollout-pause.ts';

/** Longer than names of revisions and time stamps. */
const MAX_TEXT = 253;

/** `raw`: the workload as the API server holds it. `pausedAt`: the annotation by which Stakater Reloader says since when it has paused a Deployment. */
export function rolloutFacts(kind: ConsumerKind, raw: unknown, pausedAt = reloaderNames.pausedAt): RolloutFacts {
  const [metadata, spec, status] = [memberOf(raw, 'metadata'), memberOf(raw, 'spec'), memberOf(raw, 'status')];
  const generation = countOf(metadata, 'generation', 0);
  const isReloaders = kind === 'Deployment' && textIn(mapOf(metadata, 'annotations'), pausedAt) !== undefined;
  return {
    generation,
    observedGeneration: kind === 'Rollout' ? observedByArgo(status, generation) : countOf(status, 'observedGeneration', 0),
    ...specified(spec),
    pausedByReloader: isReloaders,
    ...(kind === 'DaemonSet' ? podsByNode(status) : podsIn(spec, status)),
    deadlineExceeded: hasFailed(kind, status),
    awaitsPromotion: kind === 'Rollout' && awaitsPromotion(spec, status),
    ...revisionsIn(kind, metadata, status),
    ...(kind === 'Rollout' ? argoFacts(spec, status) : {}),
  };
}

/** No kind has the fields of another one, and partition and policy of management are those of a StatefulSet. */
function specified(spec: unknown) {
  const strategy = memberOf(spec, 'updateStrategy');
  const deadline = countOf(spec, 'progressDeadlineSeconds', undefined);
  return {
    paused: memberOf(spec, 'paused') === true,
    recreate: textOf(memberOf(spec, 'strategy'), 'type') === 'Recreate',
    onDelete: textOf(strategy, 'type') === 'OnDelete',
    partition: countOf(memberOf(strategy, 'rollingUpdate'), 'partition', 0),
    parallel: textOf(spec, 'podManagementPolicy') === 'Parallel',
    minReadySeconds: countOf(spec, 'minReadySeconds', 0),
    ...(deadline === undefined ? {} : { progressDeadlineSeconds: deadline }),
  };
}

function podsIn(spec: unknown, status: unknown) {
  return {
    replicas: countOf(spec, 'replicas', 1),
    current: countOf(status, 'replicas', 0),
    updated: countOf(status, 'updatedReplicas', 0),
    available: countOf(status, 'availableReplicas', 0),
    ready: countOf(status, 'readyReplicas', 0),
  };
}

function podsByNode(status: unknown) {
  return {
    replicas: countOf(status, 'desiredNumberScheduled', 0),
    current: countOf(status, 'currentNumberScheduled', 0),
    updated: countOf(status, 'updatedNumberScheduled', 0),
    available: countOf(status, 'numberAvailable', 0),
    ready: countOf(status, 'numberReady', 0),
  };
}

/** A text. Before version 0.10 it was a hash, which says nothing about generations. */
function observedByArgo(status: unknown, generation: number): number {
  const observed = numeral(textOf(status, 'observedGeneration'));
  if (status === undefined) return 0;
  return observed ?? generation;
}

function numeral(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function hasFailed(kind: ConsumerKind, status: unknown): boolean {
  if (kind === 'Rollout') return textOf(status, 'phase') === 'Degraded' || memberOf(status, 'abort') === true;
  if (kind !== 'Deployment') return false;
  const progressing = listOf(status, 'conditions').find((condition) => textOf(condition, 'type') === 'Progressing');
  return textOf(progressing, 'status') === 'False' && textOf(progressing, 'reason') === 'ProgressDeadlineExceeded';
}

function revisionsIn(kind: ConsumerKind, metadata: unknown, status: unknown) {
  const [current, update] = REVISIONS[kind](mapOf(metadata, 'annotations'), status);
  return {
    ...(current === undefined ? {} : { currentRevision: shortCopy(current, MAX_TEXT) }),
    ...(update === undefined ? {} : { updateRevision: shortCopy(update, MAX_TEXT) }),
  };
}

type Revisions = readonly [current: string | undefined, update: string | undefined];
type Annotations = Readonly<Record<string, unknown>> | undefined;

const REVISIONS: Readonly<Record<ConsumerKind, (annotations: Annotations, status: unknown) => Revisions>> = {
  Deployment: (annotations) => [undefined, textIn(annotations, 'deployment.kubernetes.io/revision')],
  StatefulSet: (_, status) => [textOf(status, 'currentRevision'), textOf(status, 'updateRevision')],
  DaemonSet: (annotations) => [undefined, textIn(annotations, 'deprecated.daemonset.template.generation')],
  Rollout: (_, status) => [textOf(status, 'stableRS'), textOf(status, 'currentPodHash')],
};

function argoFacts(spec: unknown, status: unknown) {
  const [restartedAt, restartAt] = [shortText(status, 'restartedAt'), shortText(spec, 'restartAt')];
  const observed = numeral(textOf(status, 'workloadObservedGeneration'));
  return {
    ...(restartedAt === undefined ? {} : { restartedAt }),
    ...(restartAt === undefined ? {} : { restartAt }),
    ...(observed === undefined ? {} : { observedWorkloadGeneration: observed }),
  };
}

function shortText(value: unknown, name: string): string | undefined {
  const text = textOf(value, name);
  return text === undefined ? undefined : shortCopy(text, MAX_TEXT);
}
