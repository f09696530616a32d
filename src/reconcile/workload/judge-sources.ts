/** Finds out which sources the pods of a workload have read. Asks the API server only where cache and markers do not decide. */
import { type KubeObject, valueIn } from '../../api/object/object.ts';
import type { Key } from '../../base/key.ts';
import { ms } from '../../base/time/clock.ts';
import type { Failure } from '../../failure/failure.ts';
import { failureOf } from '../../kube/failure-of.ts';
import type { KubeResult } from '../../kube/port.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import { reduceConsumer } from '../../restart/consumer/reduce-consumer.ts';
import { askedContent } from '../../restart/source/live-reads.ts';
import type { WorkloadContext } from './context.ts';
import { podOwnerOf } from './pod-owner.ts';
import { askedAges, type DemandedSource, hidesAny, judge, type JudgedSource, type Sources, sourcesOf, withPods } from './sources.ts';

export interface Judgement {
  /** With all markers that decide. */
  readonly consumer: Consumer;
  readonly judged: readonly JudgedSource[];
  readonly refused: Sources['refused'];
  readonly omitted: Sources['omitted'];
  /** Markers of sources whose content is not known: they stay. */
  readonly unknown: Sources['unknown'];
  /** What is not followed. */
  readonly leftOut: Sources['leftOut'];
  /** Why it is not known of some sources whether they are due. */
  readonly problem?: Failure;
}

/** Undefined: the age of the pods is not known yet; the key is queued when it is. Or the workload does not exist any more. */
export async function judgeSources(
  key: Key,
  cached: Consumer,
  context: WorkloadContext,
  signal: AbortSignal,
): Promise<Judgement | undefined> {
  const sources = await sourcesOf(cached, context, context.slices.worker(cached.metadata.namespace ?? '', signal));
  const read = hidesAny(cached, sources) ? await readLive(cached, sources.sources, context, signal) : { ok: true as const, value: cached };
  if (!read.ok) return { consumer: cached, ...sources, ...undecided(sources, failureOf(read.failure)) };
  const consumer = read.value;
  if (consumer === undefined) return undefined;
  const judged = judge(consumer, sources, { isLive: false, now: ms(context.clock.now()) });
  const confirmed = judged.some(({ due }) => due.kind === 'confirm') ? await confirm(consumer, sources, context, signal) : { judged };
  return askPods(key, { consumer, ...sources, ...confirmed }, context);
}

function askPods(key: Key, judgement: Judgement, context: WorkloadContext): Judgement | undefined {
  const { consumer, judged } = judgement;
  const ages = askedAges(judged);
  if (ages === undefined) return judgement;
  const answer = context.podAges.ask(key, podOwnerOf(consumer, context), ages);
  if (answer === undefined) return undefined;
  if (!answer.ok) return { ...judgement, problem: failureOf(answer.failure) };
  return { ...judgement, judged: withPods(judged, answer.value.createdAt) };
}

/** A marker is newer than the cached content of its source: the API server decides. */
async function confirm(
  consumer: Consumer,
  { sources }: Pick<Sources, 'sources'>,
  context: WorkloadContext,
  signal: AbortSignal,
): Promise<Pick<Judgement, 'judged' | 'problem'>> {
  const live = await liveSources(consumer, sources, context, signal);
  if (!live.ok) return undecided({ sources }, failureOf(live.failure));
  return { judged: judge(consumer, { sources: live.value }, { isLive: true, now: ms(context.clock.now()) }) };
}

function undecided({ sources }: Pick<Sources, 'sources'>, problem: Failure): Pick<Judgement, 'judged' | 'problem'> {
  return { judged: sources.map((source) => ({ ...source, due: { kind: 'confirm' } })), problem };
}

/**
 * The sources with their present content, which no marker is ahead of unless the counter of the source was lost. A source that does not exist any more, or has no
 * record, is left out: nothing is to be read of it.
 */
export async function liveSources(
  { metadata: { namespace = '' }, markers }: Consumer,
  sources: readonly DemandedSource[],
  { engine }: WorkloadContext,
  signal: AbortSignal,
): Promise<KubeResult<readonly DemandedSource[]>> {
  const live: DemandedSource[] = [];
  for (const source of sources) {
    const asked = askedContent(source.content, valueIn(markers, source.marker));
    const read = await engine.live.read(namespace, source.demand.source, asked, signal);
    if (!read.ok) return read;
    if (read.value !== undefined) live.push({ ...source, content: read.value });
  }
  return { ok: true, value: live };
}

/** Undefined: it does not exist. With the markers of all these sources. */
export async function readLive(
  { kind, metadata: { namespace = '', name } }: Pick<Consumer, 'kind' | 'metadata'>,
  sources: readonly DemandedSource[],
  { client, names, type }: WorkloadContext,
  signal: AbortSignal,
): Promise<KubeResult<Consumer | undefined>> {
  const read = await client.get<KubeObject>(type, { namespace, name }, signal);
  if (!read.ok) return read.failure.kind === 'not-found' ? { ok: true, value: undefined } : read;
  const wanted = sources.flatMap(({ marker, former }) => [marker, ...former.map((one) => one.name)]);
  return { ok: true, value: reduceConsumer(kind, read.value, names, wanted) };
}
