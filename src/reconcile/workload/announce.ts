/** Events, log lines and metrics of the restarts of a workload: on the workload itself, and on the ExternalSecrets that want it restarted. */
import { assertNever } from '../../base/assert-never.ts';
import type { Failure } from '../../failure/failure.ts';
import type { EventRecord, EventSubject } from '../../kube/port.ts';
import { sentenceFor } from '../../messages/message.ts';
import { owner, unknownReader } from '../../messages/reader.ts';
import type { MemberState } from '../../restart/admission/member.ts';
import { policyName } from '../../restart/admission/policy-name.ts';
import type { Go } from '../../restart/admission/verdict.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import { MAX_FOLLOWED, MAX_SELECTING } from '../../restart/demand/followed-specs.ts';
import { rolloutHealth } from '../../restart/rollout/health.ts';
import type { SeenPhase } from '../shared/phase-log.ts';
import type { WorkloadContext } from './context.ts';
import type { RestartResult } from './restart.ts';
import { dueGroups, manualRequest, type Round } from './round.ts';
import { type JudgedSource, ownerIn } from './sources.ts';

type Said = Pick<EventRecord, 'type' | 'reason' | 'note'>;

/** Sources that a text names. */
const NAMED = 3;

export function announceRestart(
  round: Round,
  { consumer }: Extract<RestartResult, { kind: 'restarted' }>,
  { wavesConflict }: Pick<Go, 'wavesConflict'>,
  context: WorkloadContext,
): void {
  const due = dueOf(round);
  if (wavesConflict) announceWavesConflict(round, due, context);
  const { namespace, name } = consumer.metadata;
  // Nothing rolls now: the next round says that it is blocked.
  if (rolloutHealth(consumer).state === 'blocked') return;
  const why = due.length === 0 ? 'the annotation restart-now' : `the new content of ${listOf(due)}`;
  context.metrics.restarted(consumer.kind, 'restarted', causeOf(round, context));
  say(round, due, { type: 'Normal', reason: 'Restarted', note: `${named(consumer)} is rolled for ${why}` }, context);
  context.logger.info(
    { namespace, name, kind: consumer.kind, sources: due.slice(0, NAMED).map(({ demand }) => demand.source) },
    'workload restarted',
  );
}

/** The restart goes on all the same, in another order than anybody asked for. */
function announceWavesConflict(round: Round, due: readonly JudgedSource[], context: WorkloadContext): void {
  const opposed = due.filter(({ demand }) => demand.policy.waves.length > 1);
  const names = opposed.slice(0, 2).map(({ demand: { group } }) => policyName(group));
  const note = `the waves of ${names.join(' and ')} are in opposite orders, so workloads are restarted by name: make the orders agree`;
  say(round, opposed, { type: 'Warning', reason: 'WavesConflict', note }, context);
}

export function announceRefusal(round: Round, failure: Failure, context: WorkloadContext): void {
  if (failure.reason === 'Conflict') return;
  const { consumer } = round;
  const { reason, message: note } = context.dialect.words.failed(failure, unknownReader);
  context.metrics.restarted(consumer.kind, 'failed', causeOf(round, context));
  say(round, dueOf(round), { type: 'Warning', reason, note: `${named(consumer)}: ${note}` }, context);
  const { namespace, name } = consumer.metadata;
  context.logger.warn(
    { namespace, name, kind: consumer.kind, reason, message: sentenceFor(failure, owner) },
    'workload could not be restarted',
  );
}

/** Trouble and its end. After a start only trouble is told, because the rest was told before. */
export function announcePhases(round: Round, context: WorkloadContext): void {
  const { consumer, states } = round;
  const change = context.engine.phases.saw(round.id, states.values());
  if (change === undefined) return;
  const { now, before } = change;
  // announceRefusal has told the refused ones.
  const told = [...states.values()].filter(({ failure }) => failure === undefined);
  const state = told.find(({ phase, reason }) => phase === now.phase && reason === now.reason);
  const said = state && isTold(state, before) ? wordsFor(consumer, state) : undefined;
  if (said === undefined) return;
  if (now.phase === 'Failed' || now.phase === 'Blocked')
    context.metrics.restarted(consumer.kind, phaseResults[now.phase], causeOf(round, context));
  if (now.phase === 'Healthy') context.metrics.healthy(consumer.kind);
  say(round, round.judged, said, context);
  context.logger.info({ kind: consumer.kind, ...nameIn(consumer), phase: now.phase, reason: now.reason }, 'phase of a workload changed');
}

/** Too many policies: some have no say. */
export function announceOmitted(round: Round, context: WorkloadContext): void {
  const { omitted, consumer } = round;
  if (omitted === 0) return;
  const note = `${named(consumer)}: ${omitted} ExternalSecrets that name or select it have no say, because there are too many: ${MAX_FOLLOWED} at most, and of those that only select its labels ${MAX_SELECTING}`;
  say(round, [], { type: 'Warning', reason: 'TooManyReferences', note }, context);
}

const phaseResults = { Failed: 'unhealthy', Blocked: 'blocked' } as const;

/** A refusal was told by announceRefusal. */
function isTold({ phase, failure }: MemberState, before: SeenPhase | 'first'): boolean {
  return failure === undefined && (before !== 'first' || phase === 'Failed' || phase === 'Blocked');
}

function wordsFor(consumer: Consumer, { phase, reason, message = '' }: MemberState): Said | undefined {
  switch (phase) {
    case 'Failed':
      return { type: 'Warning', reason: 'RolloutFailed', note: `${named(consumer)} is not healthy after its restart: ${message}` };
    case 'Blocked':
      return {
        type: isByUser(reason) ? 'Normal' : 'Warning',
        reason: 'RestartsBlocked',
        note: `${named(consumer)} keeps its old pods: ${message}`,
      };
    case 'Healthy':
      return { type: 'Normal', reason: 'RolloutHealthy', note: `${named(consumer)} is healthy with the new content` };
    case 'Rolling':
    case 'Pending':
    case 'Current':
    case 'Baseline':
      return undefined;
    default:
      return assertNever(phase);
  }
}

/** What somebody asked for is no trouble. */
const BY_USER: ReadonlySet<string> = new Set(['Paused', 'Partition', 'OnDelete', 'AwaitingPromotion']);

function isByUser(reason: string | undefined): boolean {
  return reason !== undefined && BY_USER.has(reason);
}

function say(round: Round, sources: readonly JudgedSource[], said: Said, { events, sides }: WorkloadContext): void {
  const { apiVersion, kind, metadata } = round.consumer;
  const workload: EventSubject = { apiVersion, kind, metadata };
  const owners = sources.slice(0, NAMED).flatMap(({ demand: { owner: of } }) => ownerIn(sides, of) ?? []);
  for (const regarding of [workload, ...owners]) events.record({ ...said, regarding, action: 'Restart' });
}

function dueOf(round: Round): readonly JudgedSource[] {
  const groups = new Set(dueGroups(round));
  return round.judged.filter(({ demand }) => groups.has(demand.group));
}

function causeOf(round: Round, context: WorkloadContext): 'Secret' | 'ConfigMap' | 'Manual' {
  const [first] = dueOf(round);
  if (first !== undefined) return first.demand.source.kind;
  return manualRequest(round.consumer, context) === undefined ? (round.judged[0]?.demand.source.kind ?? 'Secret') : 'Manual';
}

function named({ kind, metadata: { name } }: Consumer): string {
  return `${kind} ${JSON.stringify(name)}`;
}

function nameIn({ metadata: { namespace, name } }: Consumer): { namespace: string | undefined; name: string } {
  return { namespace, name };
}

function listOf(sources: readonly JudgedSource[]): string {
  const names = sources.slice(0, NAMED).map(({ demand: { source } }) => `${source.kind} ${JSON.stringify(source.name)}`);
  const more = sources.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
