/** The record that a write leaves on the Secret, and the form in which a dialect keeps it. */
import type { ContentId } from '../base/digest.ts';

/** One version that the Secret was made of. */
export interface RecordedSource {
  /** The key as the ExternalSecret names it. */
  readonly key: string;
  /** Stage, or absent for a pinned version and for tags. */
  readonly stage?: string;
  /** Set where it is the tags. */
  readonly tags?: true;
  readonly versionId: string;
  readonly createdDate?: string;
}

/**
 * The record that an ExternalSecret leaves on the Secret, in the same write as the data. Status is a view of it, so a crash between the two
 * writes loses nothing.
 */
export interface WriteRecord {
  /** Name of the ExternalSecret, in the Secret's namespace. */
  readonly writer: string;
  /** Generation of the ExternalSecret that it was written for; absent in records of earlier versions. */
  readonly generation?: number;
  /** Digest of everything but AWS that decides what is written. */
  readonly inputs: string;
  /** Replaced only when the content changes. */
  readonly content: ContentId;
  /** Digest under the present key, where content was made with a key that is lost. */
  readonly digest?: ContentId;
  /** The keys that this writer wrote, where it doesn't own the Secret. */
  readonly keys?: readonly string[];
  /** Names of the labels and annotations from the template, so that they go when the template drops them. */
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  readonly sources: readonly RecordedSource[];
  /** RFC 3339 with milliseconds: when existing content was last replaced by other content. */
  readonly changedAt?: string;
}

/** How the records of a dialect stand on a Secret. Other clients can write any text there. Pure. */
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
