/**
 * Where the rollout of a workload stands, as the controller of its kind defines it. Pure. Sources:
 * Deployment: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status and `kubectl rollout status`;
 * StatefulSet: https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/statefulset/stateful_set_control.go;
 * Rollout: https://github.com/argoproj/argo-rollouts/blob/master/utils/rollout/rolloututil.go.
 */
import { assertNever } from '../../base/assert-never.ts';
import type { Consumer, RolloutFacts } from '../consumer/consumer.ts';

/**
 * Why pods of an earlier template stay without a failure. PausedByReloader: Stakater Reloader has paused the Deployment. OnDelete, Partition: the update strategy.
 * AwaitingPromotion: a Rollout waits until somebody promotes it.
 */
export type BlockReason = 'Paused' | 'PausedByReloader' | 'OnDelete' | 'Partition' | 'AwaitingPromotion';

/** Degraded: of a Rollout, also an aborted one. */
export type RolloutFailure = 'ProgressDeadlineExceeded' | 'Degraded';

/** What is missing: the controller has not seen the present template; pods of it; the end of earlier pods or of a promotion; availability. */
export type Awaited = 'controller' | 'updated pods' | 'end of old pods' | 'available pods';

/**
 * settled: all pods have the present template and are available. empty: there are to be no pods, so nothing is proved. blocked: earlier pods stay until somebody
 * acts. failed: the controller of the kind says so.
 */
export type RolloutHealth =
  | { readonly state: 'settled' | 'empty' }
  | { readonly state: 'rolling'; readonly awaits: Awaited }
  | { readonly state: 'blocked'; readonly reason: BlockReason }
  | { readonly state: 'failed'; readonly reason: RolloutFailure };

const SETTLED: RolloutHealth = { state: 'settled' };
const EMPTY: RolloutHealth = { state: 'empty' };

type Rolling = Pick<Consumer, 'kind' | 'rollout' | 'settings'>;

/** `template`: the Deployment from which a Rollout with `workloadRef` takes its template. */
export function rolloutHealth(consumer: Rolling, template?: Pick<Consumer, 'rollout'>): RolloutHealth {
  const { kind, rollout } = consumer;
  if (isEmpty(kind, rollout)) return EMPTY;
  switch (kind) {
    case 'Deployment':
      return deploymentHealth(rollout);
    case 'StatefulSet':
      return statefulSetHealth(rollout);
    case 'DaemonSet':
      return daemonSetHealth(rollout);
    case 'Rollout':
      return argoHealth(consumer, template?.rollout);
    default:
      return assertNever(kind);
  }
}

/** How many pods a DaemonSet has to have is known when its controller has observed it. */
function isEmpty(kind: Consumer['kind'], rollout: RolloutFacts): boolean {
  return rollout.replicas === 0 && (kind !== 'DaemonSet' || isObserved(rollout));
}

function isObserved({ observedGeneration, generation }: RolloutFacts): boolean {
  return observedGeneration >= generation;
}

/** Whether the controller has yet to replace a pod, or may have. */
function hasOldPods(rollout: RolloutFacts): boolean {
  return !isObserved(rollout) || rollout.updated < rollout.current;
}

function deploymentHealth(rollout: RolloutFacts): RolloutHealth {
  if (rollout.paused && hasOldPods(rollout)) return blocked(rollout.pausedByReloader ? 'PausedByReloader' : 'Paused');
  const awaits = awaitedPods(rollout);
  if (awaits === undefined) return SETTLED;
  return rollout.deadlineExceeded && isObserved(rollout) ? { state: 'failed', reason: 'ProgressDeadlineExceeded' } : rolling(awaits);
}

/**
 * The controller sets `currentRevision` to `updateRevision` when a rolling update is complete. With OnDelete it never does, so there the pods decide alone.
 */
function statefulSetHealth(rollout: RolloutFacts): RolloutHealth {
  if (rollout.onDelete) return onDeleteHealth(rollout);
  const awaits = awaitedPods(rollout);
  if (awaits === undefined) return rollout.currentRevision === rollout.updateRevision ? SETTLED : rolling('end of old pods');
  return isDownToPartition(rollout) ? blocked('Partition') : rolling(awaits);
}

/** Whether all pods that the partition lets the controller replace have been replaced and are available. */
function isDownToPartition(rollout: RolloutFacts): boolean {
  const { partition, replicas, updated, available } = rollout;
  if (partition === 0 || !isObserved(rollout) || updated >= replicas) return false;
  return partition >= replicas || (updated >= replicas - partition && available >= replicas);
}

function daemonSetHealth(rollout: RolloutFacts): RolloutHealth {
  if (rollout.onDelete) return onDeleteHealth(rollout);
  const awaits = awaitedPods(rollout);
  return awaits === undefined ? SETTLED : rolling(awaits);
}

function onDeleteHealth(rollout: RolloutFacts): RolloutHealth {
  if (hasOldPods(rollout)) return blocked('OnDelete');
  const awaits = awaitedPods(rollout);
  return awaits === undefined ? SETTLED : rolling(awaits);
}

/** More pods than wanted do no harm: the workload is being scaled down. */
function awaitedPods(rollout: RolloutFacts): Awaited | undefined {
  const { replicas, updated, current, available } = rollout;
  if (!isObserved(rollout)) return 'controller';
  if (updated < replicas) return 'updated pods';
  if (current > updated) return 'end of old pods';
  return available < replicas ? 'available pods' : undefined;
}

/** A Rollout whose specification is invalid is Degraded although its status is that of the last valid one. A pause does not stop a restart (restartAt). */
function argoHealth({ rollout, settings }: Rolling, template: RolloutFacts | undefined): RolloutHealth {
  const isRestart = settings.strategy === 'restart';
  const awaits = isRestart ? awaitedRestart(rollout) : awaitedPromotion(rollout, template);
  if (awaits === 'controller') return rolling(awaits);
  if (rollout.deadlineExceeded) return { state: 'failed', reason: 'Degraded' };
  if (awaits === undefined) return SETTLED;
  if (rollout.paused && !isRestart) return blocked('Paused');
  return rollout.awaitsPromotion && !isRestart ? blocked('AwaitingPromotion') : rolling(awaits);
}

/** Pods of before may stay for a while after the promotion (scaleDownDelaySeconds). They get no requests. */
function awaitedPromotion(rollout: RolloutFacts, template: RolloutFacts | undefined): Awaited | undefined {
  const { replicas, updated, available, currentRevision, updateRevision } = rollout;
  if (!isObserved(rollout) || !isTemplateObserved(rollout, template)) return 'controller';
  if (updated < replicas) return 'updated pods';
  if (currentRevision !== updateRevision) return 'end of old pods';
  return available < replicas ? 'available pods' : undefined;
}

function isTemplateObserved({ observedWorkloadGeneration = 0 }: RolloutFacts, template: RolloutFacts | undefined): boolean {
  return template === undefined || observedWorkloadGeneration >= template.generation;
}

/** The controller deletes each pod that is older than restartAt, and then says so. */
function awaitedRestart(rollout: RolloutFacts): Awaited | undefined {
  if (!isObserved(rollout)) return 'controller';
  if (rollout.restartAt !== undefined && !isSameTime(rollout.restartAt, rollout.restartedAt)) return 'updated pods';
  return rollout.available < rollout.replicas ? 'available pods' : undefined;
}

function isSameTime(one: string, other: string | undefined): boolean {
  return other !== undefined && (one === other || Date.parse(one) === Date.parse(other));
}

function rolling(awaits: Awaited): RolloutHealth {
  return { state: 'rolling', awaits };
}

function blocked(reason: BlockReason): RolloutHealth {
  return { state: 'blocked', reason };
}
