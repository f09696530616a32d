/** How a Secret is rendered, and what it should hold then, as applying it takes it. */
import type { Outcome } from '../failure/failure.ts';
import type { SecretValue } from '../base/secret-value.ts';

/** What a resource of any kind says of the Secret besides its values. */
export interface SecretTemplate {
  /** Where the template stands in the specification, for messages: `target.template`. */
  readonly field: string;
  readonly type?: string | undefined;
  readonly immutable?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface SecretContent {
  readonly type: string;
  readonly immutable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** Renders one Secret. Asynchronous: a template may be rendered in another thread. */
export interface Renderer {
  /**
   * `data`: the keys and values of the entries. Fails with InvalidSpec, TargetReserved or SecretTooLarge. Rejects only with the reason of
   * the signal, or with a defect.
   */
  render(template: SecretTemplate, data: ReadonlyMap<string, SecretValue>, signal: AbortSignal): Promise<Outcome<SecretContent>>;
}
