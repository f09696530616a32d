/**
 * The tags of a secret or parameter as a version. The value is their JSON object, and the version id is its digest, because tags in AWS have no versions and no
 * dates. The digest needs no key: tags can be read without the permission to read values, so they are not secret. Pure.
 */
import { hash } from 'node:crypto';
import { SecretValue } from '../base/secret-value.ts';
import type { SecretVersion } from './port.ts';

export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Equal for equal tags, independent of the order in which AWS lists them. */
export function versionOfTags({ arn, name }: Pick<SecretVersion, 'arn' | 'name'>, tags: readonly Tag[]): SecretVersion {
  const entries = tags.flatMap(({ Key: key, Value: value = '' }) => (key === undefined ? [] : [[key, value] as const]));
  const text = JSON.stringify(Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1))));
  return { arn, name, versionId: `tags-${hash('sha256', text, 'base64url')}`, stages: [], value: SecretValue.ofText(text) };
}
