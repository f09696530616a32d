/**
 * The remote keys that a resource may read through a store: keys that match one of its `allowedKeys`, or all keys without that list. The
 * entries of each resource are checked before any cache or read, so reads of other resources have no effect.
 *
 * A name is matched with the prefix of the store, and only with patterns for names. An ARN is matched only with patterns for ARNs. Only AWS
 * knows whether an ARN belongs to the account of the names, so a pattern for names must not match it. An invalid name matches no pattern.
 */
import { isArn } from '../../api/arn.ts';
import { failure, type Failure } from '../../failure/failure.ts';
import { hasArnSuffix } from '../../api/secret-arn.ts';
import type { SecretService } from '../../aws/credentials/identity.ts';
import { quote } from '../../base/excerpt.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import { type KeyPattern, keyPatternFor, matchesPattern, segmentsOf } from '../store/key-pattern.ts';
import type { Entry } from './plan-references.ts';
import type { ResolvedStore } from '../store/resolve-store.ts';

/** Characters of names of secrets and parameters. AWS may interpret other characters, for example spaces around the name. */
const NAME = /^[A-Za-z0-9/_+=.@!-]+$/;
/** Maximum length of a name, with the suffix of an ARN (https://docs.aws.amazon.com/general/latest/gr/asm.html and …/ssm.html). */
const LONGEST_NAME: Readonly<Record<SecretService, number>> = { SecretsManager: 519, ParameterStore: 1_011 };
const SECRET = /^secret:([^:]+)$/;
/** Optionally with a version or label. */
const PARAMETER = /^parameter(\/[^:]+)(?::[^:]*)?$/;
const PARAMETER_NAME = /^\/?([^:]+)(?::[^:]*)?$/;
/** A suffix of unknown characters, which only "*" and "?" match. */
const UNKNOWN_SUFFIX = `-${'\0'.repeat(6)}`;
/** With these lengths the message and its hint have at most 300 characters. */
const LONGEST_QUOTED = { key: 48, prefix: 24, name: 36 };

/** The fields of a store that limit keys. */
export interface KeyLimits {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  readonly prefix: string;
  readonly allowedKeys?: readonly string[] | undefined;
}

/**
 * Why entries are refused that their stores do not let resources of this namespace read. The longest patterns and keys take a third of a millisecond for each
 * key, so each key is a step of `work`. Rejects if `work` is aborted.
 */
export async function refusedKeys(entries: readonly Entry[], namespace: string, work: SlicedWork): Promise<ReadonlyMap<Entry, Failure>> {
  const allowed = await allowedByStore(entries, namespace, work);
  const refused = new Map<Entry, Failure>();
  for (const entry of entries) {
    if (allowed.get(entry.store)?.get(entry.reference.secretId) !== false) continue;
    if (work.isUsedUp) await work.checkpoint();
    refused.set(entry, failure('KeyNotAllowed', refusal(entry, entry.store)));
  }
  return refused;
}

/** Whether each store that limits keys allows each key that is read through it. */
async function allowedByStore(
  entries: readonly Entry[],
  namespace: string,
  work: SlicedWork,
): Promise<ReadonlyMap<ResolvedStore, ReadonlyMap<string, boolean>>> {
  const allowed = new Map<ResolvedStore, Map<string, boolean>>();
  for (const [store, own] of Map.groupBy(entries, (entry) => entry.store)) {
    if (store.allowedKeys === undefined) continue;
    const isAllowed = keyTest(store.allowedKeys, { service: store.identity.service, namespace });
    const ofStore = new Map<string, boolean>();
    for (const key of new Set(own.map(({ reference }) => reference.secretId))) {
      if (work.isUsedUp) await work.checkpoint();
      ofStore.set(key, isAllowed(key));
    }
    allowed.set(store, ofStore);
  }
  return allowed;
}

/** Whether a key, with its prefix, may be read from this namespace. */
export function keyTest(
  allowedKeys: readonly string[],
  { service, namespace }: { readonly service: SecretService; readonly namespace: string },
): (secretId: string) => boolean {
  const patterns = allowedKeys.map((pattern) => keyPatternFor(pattern, namespace));
  return (secretId) => {
    const spellings = service === 'ParameterStore' && !isArn(secretId) ? ofParameterName(secretId) : ofOther(secretId);
    return spellings.some((key) => patterns.some((pattern) => isFor(pattern, key) && matchesPattern(withoutSlash(pattern, service), key)));
  };
}

function isFor({ ofArn }: KeyPattern, key: readonly string[]): boolean {
  return ofArn === key.length > 1;
}

/** A parameter name of one level may begin with a slash or not. */
function withoutSlash(pattern: KeyPattern, service: SecretService): KeyPattern {
  const [[first = '', ...rest] = []] = pattern.segments;
  if (service !== 'ParameterStore' || pattern.ofArn || !first.startsWith('/')) return pattern;
  return { ofArn: false, segments: [[first.slice(1), ...rest]] };
}

type Spellings = readonly (readonly string[])[];

function ofParameterName(secretId: string): Spellings {
  const name = PARAMETER_NAME.exec(secretId)?.[1];
  return isName(name, 'ParameterStore') ? [[name]] : [];
}

/** The forms of a name or ARN. A partial ARN also counts as a complete ARN. */
function ofOther(secretId: string): Spellings {
  const segments = segmentsOf(secretId);
  const [resource = '', ...others] = segments.toReversed();
  if (others.length === 0) return isName(resource, 'SecretsManager') ? [[resource]] : [];
  const place = others.toReversed();
  const secret = SECRET.exec(resource)?.[1];
  if (isName(secret, 'SecretsManager')) {
    return [resource, ...(hasArnSuffix(secret) ? [] : [`${resource}${UNKNOWN_SUFFIX}`])].map((spelled) => [...place, spelled]);
  }
  const parameter = PARAMETER.exec(resource)?.[1];
  return isName(parameter, 'ParameterStore') ? [[...place, `parameter${parameter}`]] : [];
}

function isName(text: string | undefined, service: SecretService): text is string {
  return text !== undefined && text.length <= LONGEST_NAME[service] && NAME.test(text);
}

/** The message quotes the key as the resource spells it, and nothing of the store that the resource does not name. */
function refusal({ remoteRef: { key } }: Entry, { kind, name, prefix }: KeyLimits): string {
  const isOfArn = isArn(key);
  const where = prefix === '' || isOfArn ? '' : ` (with prefix ${quote(prefix, LONGEST_QUOTED.prefix)})`;
  const rule = isOfArn ? ' (only patterns that begin with arn: match an ARN)' : '';
  const asked = `key ${quote(key, LONGEST_QUOTED.key)}${where}`;
  return `${asked} matches no spec.allowedKeys of ${kind} ${quote(name, LONGEST_QUOTED.name)}${rule}`;
}
