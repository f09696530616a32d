/**
 * The set that a query finds, page after page. The complete set is a value: the JSON array of names and ARNs, with a digest of it as the version id. The
 * digest needs no key, because AWS shows names without the permission to read values. Pure.
 */
import { hash } from 'node:crypto';
import { fail, type Outcome } from '../../../failure/failure.ts';
import type { FoundPage, SecretVersion } from '../../../aws/port.ts';
import { ok } from '../../../base/result.ts';
import { SecretValue } from '../../../base/secret-value.ts';

/** More names than one resource can use. */
const MAX_NAMES = 10_000;
/** Maximum number of pages, for parameters with ten on a page. Pages may be empty, and a server with more pages would never end. */
const MAX_PAGES = 2_000;

export class FoundSet {
  readonly #path: string;
  /** By ARN: a secret that is created or deleted during the query may move others to the next page. */
  readonly #names = new Map<string, string>();
  #pages = 0;
  /** Token of the next page; undefined before the first page. */
  next: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The set, if this page was the last one; undefined if more pages follow. */
  add({ found, next }: FoundPage): Outcome<SecretVersion> | undefined {
    for (const { arn, name } of found) this.#names.set(arn, name);
    this.#pages += 1;
    this.next = next;
    if (this.#names.size > MAX_NAMES)
      return fail('SecretTooLarge', `more than ${MAX_NAMES} names begin with ${JSON.stringify(this.#path)}`);
    if (next === undefined) return ok(this.#version());
    return this.#pages < MAX_PAGES ? undefined : fail('AWSUnavailable', `the list of ${JSON.stringify(this.#path)} has no end`);
  }

  /** Equal for equal sets, independent of the order of AWS. */
  #version(): SecretVersion {
    const found = Array.from(this.#names, ([arn, name]) => ({ name, arn }));
    const text = JSON.stringify(found.sort((one, other) => (one.arn < other.arn ? -1 : 1)));
    return {
      arn: '',
      name: this.#path,
      versionId: `set-${hash('sha256', text, 'base64url')}`,
      stages: [],
      value: SecretValue.ofText(text),
    };
  }
}
