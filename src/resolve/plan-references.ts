/** The remote values of an ExternalSecret, entry by entry. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { ExternalSecretSpec, RemoteRef } from '../api/external-secret.ts';
import { fail, type Outcome } from '../api/failure.ts';
import type { Identity, SecretService } from '../aws/credentials/identity.ts';
import { splitId } from '../aws/parameter-store/parameter-id.ts';
import type { VersionSelector } from '../aws/port.ts';
import { excerpt, quote } from '../base/excerpt.ts';
import { ok } from '../base/result.ts';
import type { RemoteReference } from '../source/port.ts';
import type { ResolvedStore } from './resolve-store.ts';

export interface Entry {
  /** The place in the specification, for messages: `data[2] (password)`. */
  readonly place: string;
  /** Absent for an entry that yields many keys. */
  readonly secretKey?: string;
  /** The reason why the reference is invalid. */
  readonly problem?: string;
  readonly remoteRef: RemoteRef;
  readonly reference: RemoteReference;
  /** The store of the entry. Entries of one ExternalSecret can have several stores. */
  readonly store: ResolvedStore;
}

/** Returns the store of the entry at this index of the list. */
export type StoreOfEntry = (list: 'data' | 'dataFrom', index: number) => ResolvedStore;

/** Maximum length of a key in a message. Most ARNs are shorter. */
const MAX_KEY = 160;
/** The reference of an entry. */
type Meant = Pick<Entry, 'reference' | 'problem' | 'store'>;

const PINNED: Readonly<Record<SecretService, RegExp>> = { SecretsManager: /^uuid\/(.*)$/s, ParameterStore: /^0*(\d{1,19})$/ };

/** Maximum length of a version in a message. */
const MAX_VERSION = 60;
/** A label does not begin with "aws" or "ssm". */
const SELECTOR = /^:(?!aws|ssm)([a-zA-Z0-9_.-]{1,100})$/i;

/** dataFrom first and data last: a later entry overrides an earlier one. */
export function planReferences(spec: ExternalSecretSpec, storeOf: StoreOfEntry): readonly Entry[] {
  const many = (spec.dataFrom ?? []).map(({ extract }, index) => ({
    place: `dataFrom[${index}] (key ${quote(extract.key, MAX_KEY)})`,
    remoteRef: extract,
    ...meantBy(extract, storeOf('dataFrom', index)),
  }));
  const single = (spec.data ?? []).map(({ secretKey, remoteRef }, index) => ({
    place: `data[${index}] (${excerpt(secretKey)}, key ${quote(remoteRef.key, MAX_KEY)})`,
    secretKey,
    remoteRef,
    ...meantBy(remoteRef, storeOf('data', index)),
  }));
  return [...many, ...single];
}

/** Fails with the first invalid entry. */
export function checkEntries(entries: readonly Entry[]): Outcome<void> {
  const contradictory = entries.find(({ problem }) => problem !== undefined);
  return contradictory?.problem === undefined ? ok(undefined) : fail('InvalidSpec', `${fieldOf(contradictory)}: ${contradictory.problem}`);
}

/** `data[2]`: the place without its names, which have no length limit. */
function fieldOf({ place }: Entry): string {
  return place.replace(/ .*$/s, '');
}

/**
 * The field that gives this key: `data[2] (password)` or `dataFrom[0]`. A key from a value is not named. `dataFrom` if several entries
 * could give it.
 */
export function fieldOfKey(entries: readonly Entry[], key: string): string {
  const single = entries.find(({ secretKey }) => secretKey === key);
  if (single !== undefined) return `${fieldOf(single)} (${excerpt(key)})`;
  const many = entries.filter(({ secretKey }) => secretKey === undefined);
  return many[0] !== undefined && many.length === 1 ? fieldOf(many[0]) : 'dataFrom';
}

function meantBy(remoteRef: RemoteRef, store: ResolvedStore): Meant {
  const { key, version, metadataPolicy } = remoteRef;
  const { identity, prefix } = store;
  const secretId = key.startsWith('arn:') ? key : `${prefix}${key}`;
  const tags = metadataPolicy === 'Fetch';
  if (identity.service === 'ParameterStore') return { store, ...parameterMeantBy(secretId, version, { identity, tags }) };
  return { store, reference: { identity, secretId, version: tags ? { kind: 'tags' } : versionOf(version, identity.service) } };
}

/**
 * AWS ignores spaces around the name of a parameter, and reads a version or label after a colon in it
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html). In this form or as `version`, it is the same
 * reference.
 */
function parameterMeantBy(
  id: string,
  version: string | undefined,
  { identity, tags }: { identity: Identity; tags: boolean },
): Omit<Meant, 'store'> {
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
  const id = version === undefined ? undefined : PINNED[service].exec(version)?.[1];
  return id === undefined ? { kind: 'stage', stage: version ?? 'AWSCURRENT' } : { kind: 'id', id };
}
