/** What is known of the content of a Secret or ConfigMap that workloads consume. Types only. */

export type SourceKind = 'Secret' | 'ConfigMap';

/** A Secret or ConfigMap in the namespace of the workload that consumes it. */
export interface SourceName {
  readonly kind: SourceKind;
  readonly name: string;
}

/** One change of existing content. */
export interface ContentChange {
  /** Counts the changes of the source; greater than 0, except for a change that was recorded before changes were counted (0). */
  readonly sequence: number;
  /** RFC 3339 with milliseconds. */
  readonly at: string;
  /** The keys that changed, were added or were removed. Absent: unknown, so any key. */
  readonly keys?: readonly string[];
}

export interface SourceContent {
  /** The number of the last write of new content. 0: it was recorded before changes were counted. */
  readonly sequence: number;
  /** Content id: a keyed digest, or `absent` for a source that was deleted. */
  readonly content: string;
  /**
   * The changes of existing content, newest first. A key's last change is the first entry that names it or names no keys. Empty: the content has never changed.
   */
  readonly changes: readonly ContentChange[];
}
