/** Restarts an admitted workload: confirms the sources, records the restart, and patches the pod template once for all sources. */
import { type KubeObject, valueIn } from '../../api/object/object.ts';
import { ms } from '../../base/time/clock.ts';
import { failure, type Failure } from '../../failure/failure.ts';
import { failureOf } from '../../kube/failure-of.ts';
import type { KubeResult } from '../../kube/port.ts';
import type { Go } from '../../restart/admission/verdict.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import { reduceConsumer } from '../../restart/consumer/reduce-consumer.ts';
import type { WorkloadEntry } from '../../restart/ledger/entry.ts';
import { isReverted, nextEntry } from '../../restart/ledger/removal.ts';
import { markerChanges, restartPatch } from '../../restart/patch.ts';
import { manualMarker, markerText } from '../../restart/source/marker.ts';
import type { WorkloadContext } from './context.ts';
import { liveSources, readLive } from './judge-sources.ts';
import { isHealthy } from './member-states.ts';
import { manualRequest, notBefore, type Round } from './round.ts';
import { askedAges, type DemandedSource, isDue, judge, type JudgedSource, withPods } from './sources.ts';

export type RestartResult =
  /** The workload after the patch. */
  | { readonly kind: 'restarted'; readonly consumer: Consumer; readonly sources: readonly DemandedSource[] }
  /** The API server has newer facts: there is nothing to do now. */
  | { readonly kind: 'not-due' }
  | { readonly kind: 'too-early'; readonly after: number }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Attempts before the key is retried with backoff: during a rollout, controllers often write the status of a workload, and each write causes a conflict. */
const ATTEMPTS = 4;

export async function restart(round: Round, verdict: Go, context: WorkloadContext, signal: AbortSignal): Promise<RestartResult> {
  let consumer: Consumer | undefined = round.consumer;
  for (let attempt = 1; ; attempt += 1) {
    if (consumer === undefined || consumer.metadata.deletionTimestamp !== undefined) return { kind: 'not-due' };
    // After a conflict the markers may be those of another leader, which has seen newer sources.
    const live = await liveSources(consumer, round.judged, context, signal);
    if (!live.ok) return { kind: 'failed', failure: failureOf(live.failure) };
    const result = await attemptRestart(consumer, live.value, { round, verdict }, context, signal);
    if (result.kind !== 'failed' || result.failure.reason !== 'Conflict' || attempt === ATTEMPTS) return result;
    const read: KubeResult<Consumer | undefined> = await readLive(consumer, live.value, context, signal);
    if (!read.ok) return { kind: 'failed', failure: failureOf(read.failure) };
    consumer = read.value;
  }
}

interface Admitted {
  readonly round: Round;
  readonly verdict: Go;
}

async function attemptRestart(
  consumer: Consumer,
  sources: readonly DemandedSource[],
  { round, verdict }: Admitted,
  context: WorkloadContext,
  signal: AbortSignal,
): Promise<RestartResult> {
  const judged = judge(consumer, { sources }, { isLive: true, now: ms(context.clock.now()) });
  const manual = manualRequest(consumer, context);
  if (manual === undefined && !isStillDue(allowed(judged, consumer, round, context), round)) return { kind: 'not-due' };
  const early = notBefore(judged) - context.clock.now();
  if (early > 0) return { kind: 'too-early', after: early };
  const wanted = wantedMarkers(consumer, sources, round, context);
  const entries = entriesOf(consumer, { wanted, verdict, round }, context);
  const recorded = await context.engine.record(entries.entry, signal);
  if (!recorded.ok) return { kind: 'failed', failure: restartFailure(consumer, failureOf(recorded.failure)) };
  const body = restartPatch(consumer, markerChanges(consumer.markers, wanted), ms(context.clock.now()));
  const { namespace = '', name } = consumer.metadata;
  const patched = await context.client.mergePatch<KubeObject>(context.type, { namespace, name }, body, signal);
  if (!patched.ok) {
    context.engine.lastRestarts.failed(round.id, patched.failure, entries);
    return { kind: 'failed', failure: restartFailure(consumer, failureOf(patched.failure)) };
  }
  context.engine.lastRestarts.forget(round.id);
  return {
    kind: 'restarted',
    consumer: reduceConsumer(consumer.kind, patched.value, context.names, [...wanted.keys()]),
    sources,
  };
}

/** After a conflict, the live workload can be one from which the marker was removed once more. */
function allowed(
  judged: readonly JudgedSource[],
  consumer: Consumer,
  { id }: Pick<Round, 'id'>,
  { engine }: WorkloadContext,
): readonly JudgedSource[] {
  const entry = engine.lastRestarts.of(id, consumer);
  return judged.filter(({ marker, content }) => !isReverted(entry, consumer, marker, markerText(content)));
}

/** The ages of the pods were asked before the admission: a source for which they were old is due still. */
function isStillDue(judged: readonly JudgedSource[], round: Round): boolean {
  const wasDue = new Set(round.judged.filter(isDue).map(({ marker }) => marker));
  const oldest = askedAges(judged)?.earliest;
  const resolved = judged.map((source) =>
    source.due.kind === 'ask-pods' ? (withPods([source], wasDue.has(source.marker) ? oldest : undefined)[0] ?? source) : source,
  );
  return resolved.some(isDue);
}

/** The markers of all sources that somebody follows, since new pods read all of them, and the answer to restart-now. */
function wantedMarkers(
  consumer: Consumer,
  sources: readonly DemandedSource[],
  { unknown }: Pick<Round, 'unknown'>,
  { prefixes }: WorkloadContext,
): ReadonlyMap<string, string> {
  const wanted = new Map(sources.map(({ marker, content }) => [marker, markerText(content)]));
  for (const marker of unknown) {
    const present = valueIn(consumer.markers, marker);
    if (present !== undefined && !wanted.has(marker)) wanted.set(marker, present);
  }
  const manual = consumer.settings.restartNow;
  return manual === undefined ? wanted : wanted.set(manualMarker(prefixes), manual);
}

interface Recorded extends Admitted {
  readonly wanted: ReadonlyMap<string, string>;
}

interface Entries {
  readonly before: WorkloadEntry | undefined;
  readonly entry: WorkloadEntry;
}

/** The entry is durable before the patch, so that a new leader knows what was healthy before, and when it was restarted. */
function entriesOf(consumer: Consumer, { wanted, verdict, round }: Recorded, { engine, clock }: WorkloadContext): Entries {
  const before = engine.lastRestarts.of(round.id, consumer);
  const { restartNow } = consumer.settings;
  const entry = nextEntry(before, consumer, {
    patchedAt: new Date(clock.now()).toISOString(),
    markers: Object.fromEntries(wanted),
    healthyBefore: isHealthy(round.rollout, round.health),
    ...(consumer.templateId === undefined ? {} : { templateId: consumer.templateId }),
    ...(verdict.wave === undefined ? {} : { wave: verdict.wave }),
    ...(restartNow === undefined ? {} : { restartNow }),
  });
  return { before, entry };
}

/** With the name of the workload, also if the ledger refuses the record. */
function restartFailure({ kind, metadata: { name } }: Consumer, because: Failure): Failure {
  const { reason, retryAfterMs } = because;
  const details = { because, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return failure(reason === 'Conflict' ? reason : 'RestartFailed', { object: { kind, name } }, details);
}
