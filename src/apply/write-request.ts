/** The wanted state of a target: all that planning a write needs besides the live Secret. */
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
  /** Of the specification that is followed. */
  readonly generation: number;
}

export interface FormerContent {
  readonly content?: ContentId;
  /** Under a later key than that of `content`, where that one was lost. */
  readonly digest?: ContentId;
  readonly changedAt?: string;
  /** What it was made of, where it was made for the specification that is followed. */
  readonly sources?: readonly RecordedSource[];
}

export interface WriteRequest {
  /** Of the writer: the label and the record that it leaves on the Secret. */
  readonly dialect: Pick<Dialect, 'labels' | 'records'>;
  readonly writer: Writer;
  readonly secretName: string;
  readonly policy: 'Owner' | 'Orphan' | 'Merge';
  /** Whether the Secret may be deleted and created where it can't be changed in place. */
  readonly recreate: boolean;
  readonly content: SecretContent;
  readonly inputs: string;
  readonly sources: readonly RecordedSource[];
  /** What the status says of the last write: speaks for a Secret that is gone. */
  readonly former: FormerContent;
  /** RFC 3339, now. */
  readonly now: string;
  readonly key: DigestKey;
  /** Whether an ExternalSecret of this uid exists: the records of others that are gone bind nobody. */
  readonly isWriter: (uid: string) => boolean;
  /** The field of the specification that gives a key, for messages: `data[2] (password)`. Names a key only where the specification does. */
  readonly fieldOfKey: (key: string) => string;
}
