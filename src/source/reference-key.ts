/** Names of references and of their identities as strings: the keys of everything that the engine shares. */
import { hash } from 'node:crypto';
import { inBatch } from '../aws/batch-calls.ts';
import { type Identity, type IdentityKey, identityKey, lastingIdentityKey } from '../aws/identity.ts';
import type { Selector } from '../aws/port.ts';
import { assertNever } from '../base/assert-never.ts';
import type { ReferenceKey, RemoteReference } from './port.ts';

/** A store hands the same identity object to all its references, of which there may be thousands. */
const keys = new WeakMap<Identity, IdentityKey>();

const lastingKeys = new WeakMap<Identity, string>();

/** A digest. The same for an identity whose stored credentials were renewed: what schedules are made of. */
export function lastingKeyOfIdentity(identity: Identity): string {
  const known = lastingKeys.get(identity);
  if (known !== undefined) return known;
  const key = hash('sha256', lastingIdentityKey(identity), 'base64');
  lastingKeys.set(identity, key);
  return key;
}

/** A digest, because it is part of the key of every reference. */
export function keyOfIdentity(identity: Identity): IdentityKey {
  const known = keys.get(identity);
  if (known !== undefined) return known;
  const key = hash('sha256', identityKey(identity), 'base64') as IdentityKey;
  keys.set(identity, key);
  return key;
}

/** A reference with its key, which takes a while to make: whatever handles thousands of references passes both on. */
export interface KeyedReference {
  readonly key: ReferenceKey;
  readonly reference: RemoteReference;
}

export function keyed(reference: RemoteReference): KeyedReference {
  return { key: referenceKey(reference), reference };
}

/** The length says where the selector ends, so that no two references share a key whatever is in their names. */
export function referenceKey(reference: RemoteReference): ReferenceKey {
  return `${keyOfIdentity(reference.identity)} ${valueKey(reference)}` as ReferenceKey;
}

/** The key of the reference without its identity: equal for what has the same name and version, whoever reads it. */
export function valueKey({ secretId, version }: RemoteReference): string {
  const selector = selectorOf(version);
  return `${version.kind} ${selector.length} ${selector} ${secretId}`;
}

/** The key of a reference as long as no more changes about its identity than that its stored credentials are renewed. */
export function lastingKey(reference: RemoteReference): string {
  return `${lastingKeyOfIdentity(reference.identity)} ${valueKey(reference)}`;
}

function selectorOf(version: Selector): string {
  switch (version.kind) {
    case 'stage':
      return version.stage;
    case 'id':
      return version.id;
    case 'tags':
    case 'query':
      return '';
    default:
      return assertNever(version);
  }
}

/** Can a batch call read it? */
export function isBatchable({ identity, version }: RemoteReference): boolean {
  return version.kind !== 'query' && inBatch(identity.service, version);
}

/** Does it follow this stage of a secret? Parameters have labels of their own, and none of these two. */
export function isStageOfSecret({ identity, version }: RemoteReference, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): boolean {
  return identity.service === 'SecretsManager' && version.kind === 'stage' && version.stage === stage;
}

/** Does it ask for a set? */
export function isQuery({ version }: RemoteReference): boolean {
  return version.kind === 'query';
}

/** A version id names one value for ever: once read it is never read again for news. */
export function isPinned({ version }: RemoteReference): boolean {
  return version.kind === 'id';
}
