/** The record that a write leaves on the Secret, and the form in which a dialect keeps it. */
import type { ContentId } from '../base/digest.ts';
import type { ChangeLimits, RecordedChange } from './content-changes.ts';

/**
 * Limits of a record. Keytender writes no record beyond them, and ignores one: a client that may edit a Secret can write any record, and
 * records are kept in memory. `characters`: all annotations of an object have at most 256 KiB together, so a record has fewer characters.
 */
export const recordLimits = { characters: 256 * 1024, keys: 10_000 } as const;

/** Limits of the changes of one record. It is kept in memory for each Secret. */
export const changeLimits: ChangeLimits = { entries: 16, names: 200, characters: 8_192 };

/** One version that the content was made from. */
export interface RecordedSource {
  /** The key in the ExternalSecret. */
  readonly key: string;
  /** `SecretStore/name`: the store that it was read through; absent for the default store of the ExternalSecret. */
  readonly store?: string;
  /** Stage, or absent for a pinned version and for tags. */
  readonly stage?: string;
  /** Set if the source is the tags of the secret. */
  readonly tags?: true;
  readonly versionId: string;
  readonly createdDate?: string;
}

/**
 * The record that an ExternalSecret writes to the Secret together with the data. The status is made from it, so a crash before the write of
 * the status loses nothing.
 */
export interface WriteRecord {
  /** Name of the ExternalSecret, which is in the namespace of the Secret. */
  readonly writer: string;
  /** Generation of the ExternalSecret. Absent in records of earlier versions of Keytender. */
  readonly generation?: number;
  /** Digest of all inputs except AWS values. */
  readonly inputs: string;
  /** Content id. It changes only if the content changes. */
  readonly content: ContentId;
  /** Digest with the present key, if the key of `content` was lost. */
  readonly digest?: ContentId;
  /** The keys that this writer wrote; only with Merge. */
  readonly keys?: readonly string[];
  /** Names of the labels and annotations of the template, to remove them if the template drops them. */
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  readonly sources: readonly RecordedSource[];
  /** RFC 3339 with milliseconds: time of the last change of existing content. */
  readonly changedAt?: string;
  /**
   * The number of the last write of new content. One counter for the Secret, over all writers and over a deletion of the Secret. Absent in records of earlier
   * versions of Keytender, until the content changes.
   */
  readonly sequence?: number;
  /** The changes of existing content, newest first, within `changeLimits`. Absent if there was none, or only before `sequence` was recorded. */
  readonly changes?: readonly RecordedChange[];
}

/** The form of the records of a dialect on a Secret. Other clients can write any text there. Pure. */
export interface RecordFormat {
  /** Name of the annotation with the record of the writer with this uid. No two writers have the same name. */
  readonly annotation: (uid: string) => string;
  /** uid of the writer whose record the annotation is. Undefined: it is no record of this dialect. */
  readonly writerOf: (annotation: string) => string | undefined;
  /** Equal records give equal texts: the text on the Secret is compared with them. */
  readonly serialise: (record: WriteRecord) => string;
  /** Undefined: the text is not a record, because another client has edited it. Each text in the result is short. */
  readonly parse: (text: string) => WriteRecord | undefined;
}
