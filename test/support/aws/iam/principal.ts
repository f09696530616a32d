// The caller: an access key of a user (or of an account's root), or a session of an assumed role.
import type { PolicyDocument } from './policy.ts';

export interface Principal {
  readonly kind: 'root' | 'user' | 'session';
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Identity policies; an empty list allows nothing once IAM is switched on. */
  readonly policies: readonly PolicyDocument[];
  /** Inline policy of the session: allows nothing by itself, only narrows. */
  readonly sessionPolicy?: PolicyDocument | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly session?: RoleSession | undefined;
}

export interface RoleSession {
  readonly token: string;
  readonly roleArn: string;
  readonly name: string;
  readonly expiresMs: number;
  readonly transitiveTags: ReadonlyMap<string, string>;
}
