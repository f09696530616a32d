/**
 * Tags of a secret or parameter, taken in as one version of them: their JSON object is the value, and a digest of that the version id, because AWS
 * counts no versions of tags and dates none. No key is needed for it: tags are shown without the permission to read a value, they hold no secret. Pure.
 */
import { hash } from 'node:crypto';
import { SecretValue } from '../base/secret-value.ts';
import type { SecretVersion } from './port.ts';

export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** The same for the same tags, in whatever order AWS lists them. */
export function versionOfTags({ arn, name }: Pick<SecretVersion, 'arn' | 'name'>, tags: readonly Tag[]): SecretVersion {
  const entries = tags.flatMap(({ Key: key, Value: value = '' }) => (key === undefined ? [] : [[key, value] as const]));
  const text = JSON.stringify(Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1))));
  return { arn, name, versionId: `tags-${hash('sha256', text, 'base64url')}`, stages: [], value: SecretValue.ofText(text) };
}
