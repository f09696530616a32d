/** Where a workload stands in each group that governs it. Pure. */
import { valueIn } from '../../api/object/object.ts';
import { assertNever } from '../../base/assert-never.ts';
import { excerpt, quote } from '../../base/excerpt.ts';
import { ms, type Ms } from '../../base/time/clock.ts';
import { type MemberState, type Phase, SUPERSEDED } from '../../restart/admission/member.ts';
import type { Consumer, RolloutFacts } from '../../restart/consumer/consumer.ts';
import { ownerBlock } from '../../restart/consumer/owner.ts';
import type { Refusal } from '../../restart/demand/demand.ts';
import type { WorkloadEntry } from '../../restart/ledger/entry.ts';
import { isReverted } from '../../restart/ledger/removal.ts';
import { rolloutDeadline } from '../../restart/rollout/deadline.ts';
import type { RolloutHealth } from '../../restart/rollout/health.ts';
import { blockWords, failureWords } from '../../restart/rollout/rollout-words.ts';
import { markerText, parseMarker } from '../../restart/source/marker.ts';
import { isDue, type JudgedSource, type Sources } from './sources.ts';

export interface MemberFacts {
  readonly consumer: Consumer;
  /** Of the workload, or of the Rollout that takes its template from it. */
  readonly rollout: RolloutFacts;
  readonly health: RolloutHealth;
  /** Of the ledger, for this workload. */
  readonly entry: WorkloadEntry | undefined;
  /** Since when it is healthy with its present markers. */
  readonly healthySince: Ms;
  /** The pod that waits, for a failed rollout. */
  readonly waitingPod: string | undefined;
  /** Why the last patch was refused. */
  readonly refusedPatch: Required<Pick<MemberState, 'reason' | 'message' | 'failure'>> | undefined;
  /** Of the annotations of workloads, for people: `workload.keytender.dev/`. */
  readonly workloadPrefix: string;
  readonly now: Ms;
}

/** Whether its pods serve. A workload that another change rolls is healthy as long as enough pods are available. */
export function isHealthy({ available, replicas }: Pick<RolloutFacts, 'available' | 'replicas'>, health: RolloutHealth): boolean {
  return health.state !== 'empty' && health.state !== 'failed' && available >= replicas;
}

export function statesOf(
  judged: readonly JudgedSource[],
  refused: Sources['refused'],
  facts: MemberFacts,
): ReadonlyMap<string, MemberState> {
  return new Map([
    ...judged.map((source) => [source.demand.group, stateOf(source, facts)] as const),
    ...refused.map(({ demand, refusal, content }) => [demand.group, refusedState(refusal, content.content, facts)] as const),
  ]);
}

function stateOf(source: JudgedSource, facts: MemberFacts): MemberState {
  const base = baseOf(source, facts);
  // Not known: it waits, and its wave waits for it.
  if (isUnknown(source)) return { ...base, content: undefined, phase: 'Pending', ...facts.refusedPatch };
  const blocked = base.due ? blockOf(source, facts) : undefined;
  if (blocked !== undefined) return { ...base, due: false, phase: 'Blocked', ...blocked };
  const { phase, ...more } = phaseOf(source, facts);
  // A rollout for earlier content may go on while the next content is due.
  if (base.due && phase !== 'Rolling' && phase !== 'Failed') {
    return { ...base, phase: isRefused(facts) ? 'Failed' : 'Pending', ...facts.refusedPatch };
  }
  return { ...base, phase, ...more, ...(phase === 'Rolling' ? { deadline: deadlineOf(source, facts) ?? facts.now } : {}) };
}

function isUnknown({ due }: JudgedSource): boolean {
  return due.kind === 'ask-pods' || due.kind === 'confirm';
}

function baseOf(source: JudgedSource, facts: MemberFacts): Omit<MemberState, 'phase'> {
  const { content } = source.content;
  const due = isDue(source);
  const { rollout, health, entry } = facts;
  return {
    content: due ? undefined : content,
    judgedBy: content,
    due,
    healthyBefore: isRolledByUs(source, facts) ? (entry?.healthyBefore ?? true) : isHealthy(rollout, health),
    hasPod: !due && rollout.updated > 0,
    since: sinceOf(source, facts),
  };
}

/** Another client that wrote at the same time is no refusal: the next attempt follows at once. */
function isRefused({ refusedPatch }: MemberFacts): boolean {
  return refusedPatch !== undefined && refusedPatch.reason !== 'Conflict';
}

/**
 * Whether the template has the marker of our last restart, and no earlier one. The entry may be of an attempt with older content, by a process that led no more: its
 * patch was refused, and the template has the newer marker of the next leader.
 */
function isRolledByUs({ marker }: JudgedSource, { consumer, entry }: MemberFacts): boolean {
  const text = valueIn(consumer.markers, marker);
  const recorded = entry?.uid === consumer.metadata.uid ? valueIn(entry.markers, marker) : undefined;
  if (text === undefined || recorded === undefined) return false;
  return text === recorded || parseMarker(text).sequence > parseMarker(recorded).sequence;
}

/** Whether somebody else has changed the template since our last restart. Then the present rollout is theirs. */
function isSuperseded({ consumer, entry }: MemberFacts): boolean {
  return entry?.templateId !== undefined && entry.templateId !== consumer.templateId;
}

function blockOf(
  { marker, content }: JudgedSource,
  { consumer, entry, workloadPrefix }: MemberFacts,
): Pick<MemberState, 'reason' | 'message'> | undefined {
  const owned = ownerBlock(consumer);
  if (owned !== undefined) {
    const owner = `${excerpt(owned.owner.kind)} ${quote(owned.owner.name)}`;
    const message = `${owner} owns it and would take the restart back: annotate it with ${workloadPrefix}restart-owned: "true", or restart it by its owner`;
    return { reason: owned.reason, message };
  }
  if (!isReverted(entry, consumer, marker, markerText(content))) return undefined;
  return {
    reason: 'RestartReverted',
    message: 'another client removes its restart marker again and again, so it is left alone until the content changes',
  };
}

type PhaseAndWords = Pick<MemberState, 'reason' | 'message'> & { readonly phase: Phase };

const SUPERSEDED_ROLLOUT: PhaseAndWords = {
  phase: 'Current',
  reason: SUPERSEDED,
  message: 'another change of its pod template replaced the rollout; the pods of that change read the current content',
};

function phaseOf(source: JudgedSource, facts: MemberFacts): PhaseAndWords {
  if (!isRolledByUs(source, facts)) return unrolledPhase(source, facts);
  const { state } = facts.health;
  const isUnfinished = state === 'rolling' || state === 'failed';
  return isUnfinished && isSuperseded(facts) ? SUPERSEDED_ROLLOUT : rolledPhase(source, facts);
}

function rolledPhase(source: JudgedSource, facts: MemberFacts): PhaseAndWords {
  const { health, waitingPod } = facts;
  switch (health.state) {
    case 'settled':
      return { phase: 'Healthy' };
    case 'empty':
      return { phase: 'Current', reason: 'NoPods', message: 'it has no pods; the next ones read the current content' };
    case 'blocked':
      return { phase: 'Blocked', reason: health.reason, message: blockWords(health.reason) };
    case 'failed':
      return { phase: 'Failed', reason: health.reason, message: withPod(failureWords(health.reason), waitingPod) };
    case 'rolling':
      return rollingPhase(source, facts);
    default:
      return assertNever(health);
  }
}

function rollingPhase(source: JudgedSource, facts: MemberFacts): PhaseAndWords {
  const deadline = deadlineOf(source, facts);
  if (deadline === undefined || facts.now < deadline) return { phase: 'Rolling' };
  const { waitingPod } = facts;
  return {
    phase: 'Failed',
    reason: 'RolloutTimeout',
    message: withPod('its rollout was not complete within spec.restart.timeout', waitingPod),
  };
}

/** It was not restarted by us for what its template says. Pods that stay because somebody asked for it are told all the same. */
function unrolledPhase({ due, content }: JudgedSource, { health }: MemberFacts): PhaseAndWords {
  if (due.kind === 'current' && due.isMarked && health.state === 'blocked') {
    return { phase: 'Blocked', reason: health.reason, message: blockWords(health.reason) };
  }
  return { phase: content.changes.length === 0 && health.state !== 'empty' ? 'Baseline' : 'Current' };
}

function withPod(words: string, pod: string | undefined): string {
  return pod === undefined ? words : `${words}: ${pod}`;
}

function deadlineOf({ demand }: JudgedSource, { consumer, entry }: MemberFacts): Ms | undefined {
  const patchedAt = Date.parse(entry?.patchedAt ?? '');
  return Number.isNaN(patchedAt) ? undefined : ms(patchedAt + rolloutDeadline(consumer, demand.policy.timeout));
}

function sinceOf({ due }: JudgedSource, { entry, health, healthySince, now }: MemberFacts): Ms {
  if (due.kind === 'due') return timeOf(due.unmet.since) ?? now;
  return health.state === 'rolling' || health.state === 'blocked' ? (timeOf(entry?.patchedAt) ?? healthySince) : healthySince;
}

function timeOf(text: string | undefined): Ms | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : ms(time);
}

const REFUSALS: Readonly<Record<Refusal, (prefix: string) => string>> = {
  OptedOut: (prefix) => `its annotation ${prefix}restart is "false"`,
  LiveReload: (prefix) => `its annotation ${prefix}live-reload says that it reads the volume again by itself`,
  ImagePull: () => 'only kubelet uses the Secret, for images',
  NotAnnotated: (prefix) =>
    `it does not use the Secret, and this installation restarts such targets only with the annotation ${prefix}restart: "true"`,
};

function refusedState(refusal: Refusal, content: string, { health, rollout, healthySince, workloadPrefix }: MemberFacts): MemberState {
  return {
    phase: 'Current',
    content,
    judgedBy: content,
    due: false,
    since: healthySince,
    healthyBefore: false,
    hasPod: isHealthy(rollout, health),
    reason: refusal,
    message: REFUSALS[refusal](workloadPrefix),
  };
}
