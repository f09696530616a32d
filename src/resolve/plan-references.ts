/** Which remote values an ExternalSecret refers to, entry by entry. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isArn } from '../api/arn.ts';
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
  /** Where it stands, for messages: `data[2] (password)`. */
  readonly place: string;
  /** Absent for an entry that yields many keys. */
  readonly secretKey?: string;
  /** Why the reference is invalid, whatever AWS holds. */
  readonly problem?: string;
  readonly remoteRef: RemoteRef;
  readonly reference: RemoteReference;
  /** The store that it is read through; entries of one ExternalSecret may have several. */
  readonly store: ResolvedStore;
}

/** The store of the entry at this index of the list. */
export type StoreOfEntry = (list: 'data' | 'dataFrom', index: number) => ResolvedStore;

/** Of a key that a message names: most ARNs are shorter. */
const MAX_KEY = 160;
/** The reference of an entry. */
type Meant = Pick<Entry, 'reference' | 'problem' | 'store'>;

const PINNED: Readonly<Record<SecretService, RegExp>> = { SecretsManager: /^uuid\/(.*)$/s, ParameterStore: /^0*(\d{1,19})$/ };

/** Of a version that a message names. */
const MAX_VERSION = 60;
/** No label begins with "aws" or "ssm". */
const SELECTOR = /^:(?!aws|ssm)([a-zA-Z0-9_.-]{1,100})$/i;

/** dataFrom first and data last, so that in this order a later entry wins. */
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

/** Fails with the first entry that can mean no value. */
export function checkEntries(entries: readonly Entry[]): Outcome<void> {
  const contradictory = entries.find(({ problem }) => problem !== undefined);
  return contradictory?.problem === undefined ? ok(undefined) : fail('InvalidSpec', `${fieldOf(contradictory)}: ${contradictory.problem}`);
}

/** `data[2]`: without the names in its place, which have no bound. */
function fieldOf({ place }: Entry): string {
  return place.replace(/ .*$/s, '');
}

/** Which field gives this key: `data[2] (password)` or `dataFrom[0]`. A key from a value is not named; `dataFrom` where it may be one of several. */
export function fieldOfKey(entries: readonly Entry[], key: string): string {
  const single = entries.find(({ secretKey }) => secretKey === key);
  if (single !== undefined) return `${fieldOf(single)} (${excerpt(key)})`;
  const many = entries.filter(({ secretKey }) => secretKey === undefined);
  return many[0] !== undefined && many.length === 1 ? fieldOf(many[0]) : 'dataFrom';
}

function meantBy(remoteRef: RemoteRef, store: ResolvedStore): Meant {
  const { key, version, metadataPolicy } = remoteRef;
  const { identity, prefix } = store;
  const secretId = isArn(key) ? key : `${prefix}${key}`;
  const tags = metadataPolicy === 'Fetch';
  if (identity.service === 'ParameterStore') return { store, ...parameterMeantBy(secretId, version, { identity, tags }) };
  return { store, reference: { identity, secretId, version: tags ? { kind: 'tags' } : versionOf(version, identity.service) } };
}

/**
 * AWS takes spaces around the name of a parameter off, and a version or label behind a colon in it
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html). Spelled so or as `version`, it is the same reference.
 */
function parameterMeantBy(
  id: string,
  version: string | undefined,
  { identity, tags }: { identity: Identity; tags: boolean },
): Omit<Meant, 'store'> {
  const [secretId, behind] = splitId(id.trim());
  if (tags) return { reference: { identity, secretId, version: { kind: 'tags' } } };
  const named = SELECTOR.exec(behind)?.[1];
  // AWS answers for a text that is neither a version nor a label.
  if (named === undefined) return { reference: { identity, secretId: id.trim(), version: versionOf(version, identity.service) } };
  const reference = { identity, secretId, version: versionOf(named, identity.service) };
  if (version === undefined || isDeepStrictEqual(versionOf(version, identity.service), reference.version)) return { reference };
  return {
    reference,
    problem: `the key asks for version ${quote(named, MAX_VERSION)} and the field for ${quote(version, MAX_VERSION)}: leave one of them out`,
  };
}

/** `uuid/<id>` pins a version (of a parameter: its number), anything else names a stage or label (as in external-secrets.io). */
function versionOf(version: string | undefined, service: SecretService): VersionSelector {
  const id = version === undefined ? undefined : PINNED[service].exec(version)?.[1];
  return id === undefined ? { kind: 'stage', stage: version ?? 'AWSCURRENT' } : { kind: 'id', id };
}
