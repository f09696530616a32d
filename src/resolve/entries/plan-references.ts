/** A reference of a resource of any kind and the store that it is read through -> which remote value it means. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isArn } from '../../api/arn.ts';
import type { RemoteRef, StoreRef } from '../../api/schema/external-secret.ts';
import type { Identity, SecretService } from '../../aws/credentials/identity.ts';
import { splitId } from '../../aws/parameter-store/parameter-id.ts';
import type { VersionSelector } from '../../aws/port.ts';
import { excerpt, quote } from '../../base/excerpt.ts';
import type { RemoteReference } from '../../source/port.ts';
import type { ResolvedStore } from '../store/resolve-store.ts';

/** A reference as its resource names it. */
export interface NamedReference {
  /** Where it stands, for messages: `data[2] (password)`. */
  readonly place: string;
  /** Absent for an entry that yields many keys. */
  readonly secretKey?: string;
  readonly remoteRef: RemoteRef;
  /** Its store. Absent: the default store of the resource. */
  readonly storeRef?: StoreRef;
}

export interface Entry extends NamedReference {
  /** Why the reference is invalid, whatever AWS holds. */
  readonly problem?: string;
  readonly reference: RemoteReference;
  /** The store that it is read through; entries of one resource may have several. */
  readonly store: ResolvedStore;
}

/** The reference of an entry. */
type Meant = Pick<Entry, 'reference' | 'problem'>;

const PINNED: Readonly<Record<SecretService, RegExp>> = { SecretsManager: /^uuid\/(.*)$/s, ParameterStore: /^0*(\d{1,19})$/ };

/** One object for the tens of thousands of references that the engine keeps. */
const CURRENT: VersionSelector = { kind: 'stage', stage: 'AWSCURRENT' };
/** Maximum length of a version in a message. */
const MAX_VERSION = 60;
/** A label does not begin with "aws" or "ssm". */
const SELECTOR = /^:(?!aws|ssm)([a-zA-Z0-9_.-]{1,100})$/i;

/** The entry that reads what `named` names through this store. */
export function planReference(named: NamedReference, store: ResolvedStore): Entry {
  return { ...named, store, ...meantBy(named.remoteRef, store) };
}

/** `data[2]`: without the names in its place, which have no bound. */
export function fieldOf({ place }: Pick<NamedReference, 'place'>): string {
  return place.replace(/ .*$/s, '');
}

/** Which field gives this key: `data[2] (password)` or `dataFrom[0]`. A key from a value is not named; `dataFrom` where it may be one of several. */
export function fieldOfKey(entries: readonly NamedReference[], key: string): string {
  const single = entries.find(({ secretKey }) => secretKey === key);
  if (single !== undefined) return `${fieldOf(single)} (${excerpt(key)})`;
  const many = entries.filter(({ secretKey }) => secretKey === undefined);
  return many[0] !== undefined && many.length === 1 ? fieldOf(many[0]) : 'dataFrom';
}

function meantBy({ key, version, metadataPolicy }: RemoteRef, { identity, prefix }: ResolvedStore): Meant {
  const secretId = isArn(key) ? key : `${prefix}${key}`;
  const tags = metadataPolicy === 'Fetch';
  if (identity.service === 'ParameterStore') return parameterMeantBy(secretId, version, { identity, tags });
  return { reference: { identity, secretId, version: tags ? { kind: 'tags' } : versionOf(version, identity.service) } };
}

/**
 * AWS ignores spaces around the name of a parameter, and reads a version or label after a colon in it
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html). In this form or as `version`, it is the same
 * reference.
 */
function parameterMeantBy(id: string, version: string | undefined, { identity, tags }: { identity: Identity; tags: boolean }): Meant {
  const [secretId, behind] = splitId(id.trim());
  if (tags) return { reference: { identity, secretId, version: { kind: 'tags' } } };
  const named = SELECTOR.exec(behind)?.[1];
  // AWS returns the error for a text that is neither a version nor a label.
  if (named === undefined) return { reference: { identity, secretId: id.trim(), version: versionOf(version, identity.service) } };
  const reference = { identity, secretId, version: versionOf(named, identity.service) };
  if (version === undefined || isDeepStrictEqual(versionOf(version, identity.service), reference.version)) return { reference };
  return {
    reference,
    problem: `the key asks for version ${quote(named, MAX_VERSION)} and the field for ${quote(version, MAX_VERSION)}: leave one of them out`,
  };
}

/** `uuid/<id>` pins a version (for a parameter: its number). Any other text is a stage or label (as in external-secrets.io). */
function versionOf(version: string | undefined, service: SecretService): VersionSelector {
  if (version === undefined) return CURRENT;
  const id = PINNED[service].exec(version)?.[1];
  return id === undefined ? { kind: 'stage', stage: version } : { kind: 'id', id };
}
