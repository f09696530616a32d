/** The interface of the renderer, and the content of a Secret that it returns. */
import type { ExternalSecretSpec } from '../api/external-secret.ts';
import type { Outcome } from '../api/failure.ts';
import type { SecretValue } from '../base/secret-value.ts';

export interface SecretContent {
  readonly type: string;
  readonly immutable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** Renders the target of one ExternalSecret. Asynchronous, so that a template can be rendered in another thread. */
export interface Renderer {
  /**
   * `data`: the keys and values of the entries. Fails with InvalidSpec, TargetReserved or SecretTooLarge. Rejects only with the reason of
   * the signal, or with a defect.
   */
  render(spec: ExternalSecretSpec, data: ReadonlyMap<string, SecretValue>, signal: AbortSignal): Promise<Outcome<SecretContent>>;
}
