/** The value of a remote secret in one reconcile. It is parsed once, at the first use, for all entries that refer to it. */
import type { Outcome } from '../../failure/failure.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import type { JsonDocument } from '../json/document.ts';
import { parseJson } from './json-property.ts';

export class RemoteValue {
  readonly #value: SecretValue;
  #parsed: Outcome<JsonDocument> | undefined;

  constructor(value: SecretValue) {
    this.#value = value;
  }

  get bytes(): Buffer {
    return this.#value.reveal();
  }

  json(): Outcome<JsonDocument> {
    this.#parsed ??= parseJson(this.bytes);
    return this.#parsed;
  }
}
