/** The reasons of restarts, a part of the catalogue (reasons.ts): of the condition RolloutsHealthy and of status.restarts. */
import { entry, type ReasonEntry } from './reason-entry.ts';

export const restartStateReasons = {
  RolloutsHealthy: entry('change', 'every workload that is to be restarted has the current content, and its pods are available'),
  RolloutsInProgress: entry('change', 'pods are being replaced; the operator waits until the new ones are available'),
  RolloutsPending: entry('change', 'restarts are due and wait: status.restarts says what each workload waits for, and until when'),
  RolloutsBlocked: entry('change', 'old pods stay until somebody acts: status.restarts says for each blocked workload what to do'),
  AwaitingSettle: entry('change', 'the restart waits a moment for further changes (spec.restart.settle), so that they are one restart'),
  AwaitingWindow: entry(
    'change',
    'the restart waits for a window: change spec.restart.windows, or ask for it with the annotation restart-now of the workload',
  ),
  AwaitingInterval: entry('change', 'the workload was restarted a short time ago: the next restart waits for spec.restart.minInterval'),
  AwaitingWave: entry(
    'change',
    'the restart waits until the workloads of the wave before are healthy and have stayed so for its soak time',
  ),
  AwaitingSlot: entry('change', 'as many workloads roll as may at a time: raise spec.restart.maxConcurrent, or the limits of the operator'),
  RestartsSuspended: entry('change', 'set spec.restart.suspend to false: the restarts that are due follow'),
  RestartsDryRun: entry('change', 'set spec.restart.dryRun to false: nothing is restarted until then'),
  RolloutPaused: entry('change', 'the pod template has the marker, but the workload is paused: resume it, and its pods are replaced'),
  RolloutOnDelete: entry('change', 'the pod template has the marker, but the update strategy is OnDelete: delete the pods one by one'),
  RolloutPartitioned: entry('change', 'pods below the partition of the update strategy keep the old content: lower the partition'),
  AwaitingPromotion: entry('change', 'the Rollout waits at a pause step: promote it, or let it go on by itself after a duration'),
  OwnedByController: entry(
    'change',
    'another controller would undo the change of the pod template: restart through that controller, or set the annotation restart-owned of the workload',
  ),
  RestartOptedOut: entry('change', 'the workload has the annotation {workload}restart: "false": remove it to restart the workload'),
  LiveReload: entry('change', 'the workload says with {workload}live-reload that it reads the volume again by itself'),
  ImagePullOnly: entry('change', 'the workload uses the Secret only to pull images, which needs no restart'),
  TargetNotAnnotated: entry(
    'change',
    'the target does not use the Secret: set {workload}restart: "true" on it, or remove it from spec.restart.targets',
  ),
  NoPods: entry('change', 'the workload has no pods; the next ones read the current content'),
  Superseded: entry(
    'change',
    'another change of the pod template replaced this rollout, so it says nothing about the content of the Secret',
  ),
} as const satisfies Record<string, ReasonEntry>;

export const restartFailureReasons = {
  RolloutFailed: entry(
    'change',
    'look at the new pods of the workload (kubectl describe pod, kubectl logs --previous); when they are available, restarts go on',
  ),
  RolloutsHalted: entry(
    'change',
    'make the failed workloads healthy, or change the value: the remaining restarts follow. Or set spec.restart.onFailure to Continue',
  ),
  NoHealthyCanary: entry('change', 'make a workload of the wave healthy, scale one up, or change spec.restart.waves'),
  WindowsNeverMeet: entry(
    'change',
    'change spec.restart.windows of one ExternalSecret whose Secret the workload uses, or suspend its restarts',
  ),
  WavesConflict: entry(
    'change',
    'two ExternalSecrets order their waves in opposite ways, so workloads are restarted by name: make the orders agree (an Event says it)',
  ),
  SourceFlapping: entry('backoff', 'find what changes the value more than six times an hour; in AWS, CloudTrail shows who'),
  RestartReverted: entry(
    'backoff',
    'let that client leave restart markers on the pod template alone (GitOps: ignoreDifferences), then restart the workload by hand',
  ),
  TooManyReferences: entry(
    'change',
    'a workload follows 500 references and 100 patterns at most: consume fewer Secrets and ConfigMaps in one workload',
  ),
} as const satisfies Record<string, ReasonEntry>;
