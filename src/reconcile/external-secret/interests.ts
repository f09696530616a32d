/** What the engine keeps watch over for one ExternalSecret. Pure. */
import type { Ms } from '../../base/clock.ts';
import type { Entry } from '../../resolve/plan-references.ts';
import type { SourceVersion } from '../../resolve/resolve-values.ts';
import type { DatedVersion, Interest, ReferenceKey, RemoteReference } from '../../source/port.ts';
import { RecordedSources } from './recorded-sources.ts';
import type { Subject } from './subject.ts';

export interface InterestFacts {
  readonly keyOfReference: (reference: RemoteReference) => ReferenceKey;
  /** What was read just now; wins over the record, because the dependant has seen it even if it could not use it. */
  readonly seen: readonly SourceVersion[];
  /** Interval for a resource that asks for none but whose read failed: it must come back until it has its values. */
  readonly whileFailing: Ms | undefined;
  /** Nothing else than what was seen matters: it alone is more than may be read. */
  readonly onlySeen?: boolean;
}

/** One interest for each distinct reference; where nothing is to be refreshed, only to hear what others find of the versions in place. */
export function interestsOf({ entries, refresh, recorded }: Subject, facts: InterestFacts): readonly Interest[] {
  const interval = refresh.interval ?? facts.whileFailing;
  const seen = new Map(facts.seen.map((version) => [facts.keyOfReference(version.reference), version]));
  const sources = new RecordedSources(recorded);
  const interests = new Map<ReferenceKey, Interest>();
  for (const entry of entries) {
    const key = facts.keyOfReference(entry.reference);
    const held = seen.get(key) ?? sources.of(entry);
    if (facts.onlySeen === true ? !seen.has(key) : interval === undefined && held === undefined) continue;
    interests.set(key, interestOf(entry, interval, held));
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

/** The versions that are in place, for a read. */
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
