/** What the workload must have read: its demands, each with the content of its source, and whether its pods have read it. */
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import { groupResource } from '../../api/object/resource-type.ts';
import { keyOf } from '../../base/key.ts';
import { ms, type Ms } from '../../base/time/clock.ts';
import { inSlices } from '../../base/time/slices.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import { type Consumer, consumerId } from '../../restart/consumer/consumer.ts';
import type { Demand, RefusedDemand } from '../../restart/demand/demand.ts';
import { demandsOf, isMember } from '../../restart/demand/demands-of.ts';
import { followedSpecs } from '../../restart/demand/followed-specs.ts';
import type { PolicyOwner, RestartSpec } from '../../restart/demand/restart-spec.ts';
import type { AskedAges } from '../../restart/pods/pod-ages.ts';
import type { SourceContent } from '../../restart/source/content.ts';
import { AGE_TOLERANCE, type Due, dueOf, hidesMarker } from '../../restart/source/due.ts';
import { markerName } from '../../restart/source/marker.ts';
import type { FormerMarker } from '../../restart/source/secret-content.ts';
import type { RestartSpecs } from '../shared/restart-specs.ts';
import type { WorkloadContext } from './context.ts';
import { type LeftOut, leftOutOf } from './left-out.ts';
import type { RestartSide } from './sides.ts';

/** A demand whose source has a known content. */
export interface DemandedSource {
  readonly demand: Demand;
  readonly content: SourceContent;
  readonly former: readonly FormerMarker[];
  /** Name of its annotation. */
  readonly marker: string;
}

export interface Sources {
  readonly sources: readonly DemandedSource[];
  readonly refused: readonly (RefusedDemand & { readonly content: SourceContent })[];
  /** ExternalSecrets that govern the workload and are not followed, because there are too many. */
  readonly omitted: number;
  /** Markers of sources whose content is not known, or that do not exist. */
  readonly unknown: readonly string[];
  /** What the workload asks for and nobody follows, for people. */
  readonly leftOut: LeftOut;
}

/** In slices of `work`: there may be thousands of ExternalSecrets. */
export async function sourcesOf(consumer: Consumer, context: WorkloadContext, work: SlicedWork): Promise<Sources> {
  const { namespace = '' } = consumer.metadata;
  const { followed, omitted } = followedSpecs(await specsFor(consumer, context, work), consumer);
  const asked = context.engine.reloader?.askedBy(consumer);
  const { demands, refused } = demandsOf(consumer, {
    specs: followed,
    isManaged: (name) => context.contents.cached(namespace, { kind: 'Secret', name }) !== undefined,
    needsAnnotation: context.needsAnnotation,
    asked: asked?.demands ?? [],
  });
  const sources: DemandedSource[] = [];
  const unknown: string[] = [];
  for (const demand of demands) {
    const found = context.contents.cached(namespace, demand.source);
    const marker = markerName(context.prefixes, demand.source);
    if (found === undefined) unknown.push(marker);
    else sources.push({ demand, ...found, marker });
  }
  const left = refused.flatMap((one) => {
    const found = context.contents.cached(namespace, one.demand.source);
    return found === undefined ? [] : [{ ...one, content: found.content }];
  });
  return { sources, refused: left, omitted, unknown, leftOut: leftOutOf(consumer, asked) };
}

/** The ExternalSecrets that govern the workload, each once. */
async function specsFor(consumer: Consumer, { sides, engine }: WorkloadContext, work: SlicedWork): Promise<readonly RestartSpec[]> {
  const found: RestartSpec[] = [];
  for (const { dialect, externalSecrets } of sides) {
    await inSlices(concerned(consumer, externalSecrets), work, (object) => {
      const spec = engine.specs.of(dialect.kinds.externalSecret, object);
      if (spec !== undefined && isMember(spec, consumer)) found.push(spec);
    });
  }
  return found;
}

/** Those that may. */
function concerned(
  { kind, metadata, consumes }: Consumer,
  externalSecrets: RestartSide['externalSecrets'],
): ReadonlySet<ExternalSecretObject> {
  const { namespace = '', name } = metadata;
  return new Set<ExternalSecretObject>([
    ...externalSecrets.byIndex('restartTarget', consumerId(kind, namespace, name)),
    ...externalSecrets.byIndex('restartSelector', `${kind}/${namespace}`),
    ...consumes
      .filter((source) => source.kind === 'Secret')
      .flatMap((source) => externalSecrets.byIndex('target', `${namespace}/${source.name}`)),
  ]);
}

/** The ExternalSecret with a policy, as the cache has it. */
export function ownerIn(sides: readonly RestartSide[], owner: PolicyOwner | undefined): ExternalSecretObject | undefined {
  return owner && sideOf(sides, owner)?.externalSecrets.get(keyOf(owner.namespace, owner.name));
}

/** Its present policy. */
export function specOf(sides: readonly RestartSide[], specs: RestartSpecs, owner: PolicyOwner | undefined): RestartSpec | undefined {
  const object = ownerIn(sides, owner);
  const side = owner && sideOf(sides, owner);
  return object && side && specs.of(side.dialect.kinds.externalSecret, object);
}

function sideOf(sides: readonly RestartSide[], { resource }: PolicyOwner): RestartSide | undefined {
  return sides.find(({ dialect }) => groupResource(dialect.kinds.externalSecret) === resource);
}

export interface JudgedSource extends DemandedSource {
  readonly due: Due;
}

export function judge(
  consumer: Consumer,
  { sources }: Pick<Sources, 'sources'>,
  { isLive, now }: { readonly isLive: boolean; readonly now: Ms },
): readonly JudgedSource[] {
  return sources.map((source) => {
    const { demand, content, former, marker } = source;
    const consumed = demand.consumption?.keys ?? 'all';
    const facts = { source: content, marker, former, consumed, watched: demand.keys, isLive, now };
    return { ...source, due: dueOf(consumer.markers, facts) };
  });
}

/** Whether a marker that decides can be one that the cache does not keep. */
export function hidesAny(consumer: Consumer, { sources }: Pick<Sources, 'sources'>): boolean {
  return sources.some(({ marker }) => hidesMarker(consumer, marker));
}

/** The ages of pods up to which sources are due. Undefined: no source asks for them. */
export function askedAges(judged: readonly JudgedSource[]): AskedAges | undefined {
  const times = judged.flatMap(({ due }) => (due.kind === 'ask-pods' ? [Date.parse(due.changedAt) + AGE_TOLERANCE] : []));
  return times.length === 0 ? undefined : { earliest: ms(Math.min(...times)), latest: ms(Math.max(...times)) };
}

/** `oldest`: creation time of the oldest pod; undefined: there are no pods. */
export function withPods(judged: readonly JudgedSource[], oldest: number | undefined): readonly JudgedSource[] {
  return judged.map((source) => {
    const { due } = source;
    if (due.kind !== 'ask-pods') return source;
    const isOld = oldest !== undefined && oldest <= Date.parse(due.changedAt) + AGE_TOLERANCE;
    return { ...source, due: isOld ? { kind: 'due', unmet: due.unmet } : { kind: 'current', isMarked: false } };
  });
}

export function isDue({ due }: JudgedSource): boolean {
  return due.kind === 'due';
}
