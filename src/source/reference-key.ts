/** Names of references and of their identities as strings: the keys of everything that the engine shares. */
import { inBatch } from '../aws/batch-calls.ts';
import { type Identity, type IdentityKey, identityKey } from '../aws/identity.ts';
import type { ReferenceKey, RemoteReference } from './port.ts';

/** A store hands the same identity object to all its references, of which there may be thousands. */
const keys = new WeakMap<Identity, IdentityKey>();

export function keyOfIdentity(identity: Identity): IdentityKey {
  const known = keys.get(identity);
  if (known !== undefined) return known;
  const key = identityKey(identity);
  keys.set(identity, key);
  return key;
}

export function referenceKey({ identity, secretId, version }: RemoteReference): ReferenceKey {
  const selector = version.kind === 'stage' ? version.stage : version.id;
  return JSON.stringify([keyOfIdentity(identity), secretId, version.kind, selector]) as ReferenceKey;
}

/** Can a batch call read it? */
export function isBatchable({ identity, version }: RemoteReference): boolean {
  return inBatch(identity.service, version);
}

/** A version id names one value for ever: once read it is never read again for news. */
export function isPinned({ version }: RemoteReference): boolean {
  return version.kind === 'id';
}
