/** The wanted state of a target: all inputs of the plan of a write except the live Secret. */
import type { Dialect } from '../api/dialect.ts';
import type { ContentId, DigestKey } from '../base/digest.ts';
import type { SecretContent } from '../render/port.ts';
import type { RecordedSource } from './port.ts';

export interface Writer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** metadata.generation that this write follows. */
  readonly generation: number;
}

export interface FormerContent {
  readonly content?: ContentId;
  /** Digest with the present key, if the key of `content` was lost. */
  readonly digest?: ContentId;
  readonly changedAt?: string;
  /** The number of the last write of new content, if it was recorded. */
  readonly sequence?: number;
  /** Versions of that content, if it was made for the present generation. */
  readonly sources?: readonly RecordedSource[];
}

export interface WriteRequest {
  /** Of the writer: the label and the record that it leaves on the Secret. */
  readonly dialect: Pick<Dialect, 'labels' | 'records'>;
  readonly writer: Writer;
  readonly secretName: string;
  readonly policy: 'Owner' | 'Orphan' | 'Merge';
  /** Whether the Secret may be deleted and created again if it cannot be changed in place. */
  readonly recreate: boolean;
  readonly content: SecretContent;
  readonly inputs: string;
  readonly sources: readonly RecordedSource[];
  /** The last write according to the status; used if the Secret does not exist. */
  readonly former: FormerContent;
  /** The current time, RFC 3339. */
  readonly now: string;
  readonly key: DigestKey;
  /** Whether an ExternalSecret with this uid exists. Records of deleted ones have no effect. */
  readonly isWriter: (uid: string) => boolean;
  /** The field of the specification that gives a key, for messages: `data[2] (password)`. Names the key only if the specification does. */
  readonly fieldOfKey: (key: string) => string;
}
