/** What a Secret should hold, as applying it takes it. */
import type { SecretValue } from '../base/secret-value.ts';

export interface SecretContent {
  readonly type: string;
  readonly immutable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, SecretValue>;
}
