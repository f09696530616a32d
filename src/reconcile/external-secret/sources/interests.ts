/** The references that the engine refreshes for one ExternalSecret, and how often. Pure. */
import { type Ms, ms } from '../../../base/time/clock.ts';
import type { Entry } from '../../../resolve/entries/plan-references.ts';
import type { SourceVersion } from '../../../resolve/entries/resolve-values.ts';
import type { DatedVersion, Interest, ReferenceKey, RemoteReference } from '../../../source/port.ts';
import { RecordedSources } from './recorded-sources.ts';
import type { Subject } from '../subject.ts';

export interface InterestFacts {
  readonly keyOfReference: (reference: RemoteReference) => ReferenceKey;
  /** The versions that this reconcile has read. They take precedence over the record, even if the reconcile could not use them. */
  readonly seen: readonly SourceVersion[];
  /** Interval for a failed read of a resource without an interval: it is retried until it has its values. */
  readonly whileFailing: Ms | undefined;
  /** Only the versions that were read get a subscription, because they alone exceed the size limit of a reconcile. */
  readonly onlySeen?: boolean;
}

/** One interest for each distinct reference. Without an interval the engine only notifies of changes that it finds for other dependants. */
export function interestsOf({ entries, refresh, recorded }: Subject, facts: InterestFacts): readonly Interest[] {
  const interval = refresh.interval ?? facts.whileFailing;
  const seen = new Map(facts.seen.map((version) => [facts.keyOfReference(version.reference), version]));
  const sources = new RecordedSources(recorded);
  const interests = new Map<ReferenceKey, Interest>();
  for (const entry of entries) {
    const key = facts.keyOfReference(entry.reference);
    const held = seen.get(key) ?? sources.of(entry);
    if (facts.onlySeen === true ? !seen.has(key) : interval === undefined && held === undefined) continue;
    const interest = interestOf(entry, interval, held);
    const other = interests.get(key);
    interests.set(key, other === undefined ? interest : stricter(other, interest));
  }
  return [...interests.values()];
}

function interestOf({ reference, store }: Entry, refreshInterval: Ms | undefined, held: DatedVersion | undefined): Interest {
  const { reliance, listedMaxAge } = store;
  return {
    reference,
    ...(refreshInterval === undefined ? {} : { refreshInterval }),
    ...(reliance === undefined ? {} : { reliance }),
    ...(listedMaxAge === undefined ? {} : { listedMaxAge }),
    ...(held === undefined ? {} : { heldVersionId: held.versionId }),
    ...(held?.createdDate === undefined ? {} : { heldCreatedDate: held.createdDate }),
  };
}

/** Two stores may give two entries the same reference: only what both stores permit is permitted for it. */
function stricter(one: Interest, other: Interest): Interest {
  const { reliance: _reliance, listedMaxAge: _listedMaxAge, ...both } = { ...one, ...other };
  const reliance = one.reliance && other.reliance && (one.reliance.maxAge < other.reliance.maxAge ? one.reliance : other.reliance);
  const listedMaxAge = one.listedMaxAge && other.listedMaxAge && ms(Math.min(one.listedMaxAge, other.listedMaxAge));
  return { ...both, ...(reliance === undefined ? {} : { reliance }), ...(listedMaxAge === undefined ? {} : { listedMaxAge }) };
}

/** The versions whose values the target holds, for a read. */
export function heldVersions(
  { entries, recorded }: Subject,
  keyOfReference: InterestFacts['keyOfReference'],
): ReadonlyMap<ReferenceKey, DatedVersion> {
  const sources = new RecordedSources(recorded);
  const held = new Map<ReferenceKey, DatedVersion>();
  for (const entry of entries) {
    const source = sources.of(entry);
    if (source !== undefined) held.set(keyOfReference(entry.reference), source);
  }
  return held;
}
