/** One round of a workload: what was found, and what it is due for. */
import { valueIn } from '../../api/object/object.ts';
import type { Key } from '../../base/key.ts';
import { ms, type Ms } from '../../base/time/clock.ts';
import type { MemberState } from '../../restart/admission/member.ts';
import { type Consumer, consumerId, type ConsumerId, type RolloutFacts } from '../../restart/consumer/consumer.ts';
import type { GroupId } from '../../restart/demand/demand.ts';
import { wasPatched } from '../../restart/ledger/removal.ts';
import type { RolloutHealth } from '../../restart/rollout/health.ts';
import { KUBELET_DELAY_MS } from '../../restart/policy/policy.ts';
import { manualMarker } from '../../restart/source/marker.ts';
import type { WorkloadContext } from './context.ts';
import type { Judgement } from './judge-sources.ts';
import { isDue, type JudgedSource } from './sources.ts';

export interface Round extends Judgement {
  readonly key: Key;
  readonly id: ConsumerId;
  /** The workload in the cache. `consumer` is this one, or a newer one. */
  readonly cached: Consumer;
  readonly health: RolloutHealth;
  /** Of the workload, or of the Rollout that takes its template from it. */
  readonly rollout: RolloutFacts;
  readonly states: ReadonlyMap<GroupId, MemberState>;
  /** Its rollout has failed, and no pod that is stuck says why. */
  readonly isUnexplained: boolean;
  /** Wall clock. */
  readonly now: Ms;
}

/** Groups that want it restarted now, and that nothing about the workload itself forbids. */
export function dueGroups({ judged, states }: Pick<Round, 'judged' | 'states'>): readonly GroupId[] {
  return judged.filter((source) => isDue(source) && states.get(source.demand.group)?.due === true).map(({ demand }) => demand.group);
}

/**
 * The value of restart-now that was not answered yet. It asks for one restart: whoever takes the marker back afterwards, such as a GitOps tool, an owner, or an undo
 * of the rollout, does not ask again.
 */
export function manualRequest(consumer: Consumer, { engine, prefixes }: Pick<WorkloadContext, 'engine' | 'prefixes'>): string | undefined {
  const { kind, metadata, settings, markers } = consumer;
  const { restart, restartNow } = settings;
  if (restartNow === undefined || restart === false) return undefined;
  if (valueIn(markers, manualMarker(prefixes)) === restartNow) return undefined;
  const entry = engine.lastRestarts.of(consumerId(kind, metadata.namespace ?? '', metadata.name), consumer);
  return entry?.restartNow === restartNow && wasPatched(entry, consumer) ? undefined : restartNow;
}

/** The first change that its pods lack. */
export function dueSince(judged: readonly JudgedSource[], now: Ms): Ms {
  const times = judged.flatMap(({ due }) => (due.kind === 'due' ? [Date.parse(due.unmet.since ?? '')] : []));
  return ms(Math.min(now, ...times.filter((time) => !Number.isNaN(time))));
}

/** No pod may start earlier: kubelet may still serve the value from before. The last change of all sources counts, because the pods read all of them. */
export function notBefore(judged: readonly JudgedSource[]): Ms {
  const times = judged.map(({ content }) => Date.parse(content.changes[0]?.at ?? ''));
  return ms(Math.max(0, ...times.filter((time) => !Number.isNaN(time)).map((time) => time + KUBELET_DELAY_MS)));
}
