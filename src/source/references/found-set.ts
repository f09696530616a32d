/**
 * What a query finds, page after page. The set is taken in as a value: the JSON array of its names and ARNs, with a digest of that as the version
 * id. No key is needed for it: names are shown without the permission to read a value. Pure.
 */
import { hash } from 'node:crypto';
import { fail, type Outcome } from '../../api/failure.ts';
import type { FoundPage, SecretVersion } from '../../aws/port.ts';
import { ok } from '../../base/result.ts';
import { SecretValue } from '../../base/secret-value.ts';

/** More than an operator can be meant to read for one resource. */
const MAX_NAMES = 10_000;
/** Of parameters ten are on a page; pages may be empty, and more than this is a server that never ends. */
const MAX_PAGES = 2_000;

export class FoundSet {
  readonly #path: string;
  /** By ARN: one that is made or removed meanwhile may move others from a page to the next. */
  readonly #names = new Map<string, string>();
  #pages = 0;
  /** Where the next page begins; undefined before the first one. */
  next: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The set, when this page was the last; undefined while there are more. */
  add({ found, next }: FoundPage): Outcome<SecretVersion> | undefined {
    for (const { arn, name } of found) this.#names.set(arn, name);
    this.#pages += 1;
    this.next = next;
    if (this.#names.size > MAX_NAMES)
      return fail('SecretTooLarge', `more than ${MAX_NAMES} names begin with ${JSON.stringify(this.#path)}`);
    if (next === undefined) return ok(this.#version());
    return this.#pages < MAX_PAGES ? undefined : fail('AWSUnavailable', `the list of ${JSON.stringify(this.#path)} has no end`);
  }

  /** The same for the same set, in whatever order AWS lists it. */
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
