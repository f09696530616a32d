/** What the ledger holds of one workload, or of one Secret or ConfigMap that Keytender does not write. Pure. */
import { createHash } from 'node:crypto';
import type { ConsumerKind } from '../consumer/consumer.ts';
import type { ContentChange, SourceKind } from '../source/content.ts';
import type { SourceMark } from '../source/mark.ts';

/** The last restart of a workload. It is written before the patch, so the patch may not have been made. */
export interface WorkloadEntry {
  readonly about: 'workload';
  readonly uid: string;
  readonly kind: ConsumerKind;
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339 with milliseconds. */
  readonly patchedAt: string;
  /** The markers that the patch sets, by the name of their annotation. */
  readonly markers: Readonly<Record<string, string>>;
  /** metadata.generation of the object that is patched. */
  readonly generationBefore: number;
  readonly healthyBefore: boolean;
  /** Of the pod template that is rolled, apart from its markers. Absent: not recorded, or there is no template. */
  readonly templateId?: string;
  /** How often somebody else has removed a marker of `markers` with its present text, by the name of its annotation. No entry: 0. */
  readonly removals: Readonly<Record<string, number>>;
  /** The wave in which it was patched. */
  readonly wave?: string;
  /** RFC 3339. Until then the wave must stay healthy. */
  readonly soakUntil?: string;
  /** The value of the annotation `restart-now` that this patch answers. */
  readonly restartNow?: string;
}

/** A source whose content somebody else writes. It is found by its name, so that a recreated object continues the count of its changes. */
export interface SourceEntry {
  readonly about: 'source';
  readonly kind: SourceKind;
  readonly namespace: string;
  readonly name: string;
  /** Of the object that was read last. */
  readonly uid: string;
  /** Of the object when it was read. Empty: it did not exist. */
  readonly resourceVersion: string;
  /** See SourceContent. */
  readonly sequence: number;
  readonly content: string;
  readonly changes: readonly ContentChange[];
  /** Id of the key of `digests`. */
  readonly digestKey: string;
  /** Whether `digests` has all keys of the object, so that a key without a digest did not exist. */
  readonly hasAllKeys: boolean;
  /** A keyed digest for each consumed key; empty for one that did not exist. `*`: of all further keys together. */
  readonly digests: Readonly<Record<string, string>>;
  /** What its annotations and labels ask for, as the reader of `readAs` understands them. */
  readonly marks: readonly SourceMark[];
  /** Identifies the settings by which `marks` were read. With other settings it is read again, although its version is the same. */
  readonly readAs: string;
  /** RFC 3339 with milliseconds: the object was first seen to be missing. */
  readonly absentSince?: string;
}

export type LedgerEntry = WorkloadEntry | SourceEntry;

/** Key of an entry in the data of a ConfigMap. */
export type EntryKey = string & { readonly __noun: 'entry key' };

export function workloadKey(uid: string): EntryKey {
  return `w.${uid}` as EntryKey;
}

/** Names can be longer than a key, so the key has a digest of them. Names of objects are no secret. */
export function sourceKey(kind: SourceKind, namespace: string, name: string): EntryKey {
  return `s.${createHash('sha256').update(`${kind}/${namespace}/${name}`).digest('hex').slice(0, 40)}` as EntryKey;
}

export function keyOfEntry(entry: LedgerEntry): EntryKey {
  return entry.about === 'workload' ? workloadKey(entry.uid) : sourceKey(entry.kind, entry.namespace, entry.name);
}

/**
 * The entry that stays when two leaders have written one: the later patch, or the source with more changes. Of equal ones `ours`. Removals are never
 * forgotten while the text of the marker is the same.
 */
export function laterOf(ours: LedgerEntry, theirs: LedgerEntry | undefined): LedgerEntry {
  if (theirs === undefined || theirs.about !== ours.about) return ours;
  if (ours.about === 'source') return theirs.about === 'source' && theirs.sequence > ours.sequence ? theirs : ours;
  if (theirs.about !== 'workload') return ours;
  const [later, earlier] = Date.parse(theirs.patchedAt) > Date.parse(ours.patchedAt) ? [theirs, ours] : [ours, theirs];
  return { ...later, removals: mostRemovals(later, earlier) };
}

function mostRemovals(later: WorkloadEntry, earlier: WorkloadEntry): Readonly<Record<string, number>> {
  const counts = new Map(Object.entries(later.removals));
  for (const [marker, count] of Object.entries(earlier.removals))
    if (earlier.markers[marker] === later.markers[marker]) counts.set(marker, Math.max(count, counts.get(marker) ?? 0));
  return Object.fromEntries(counts);
}
