/**
 * Equal identities as one object. Each reconcile resolves its store anew, and every reference that the engine follows holds the identity that it
 * was last asked with: thousands of equal ones, each with its credentials and with the names that are made of it.
 */
import { identityKey, type Identity } from '../aws/credentials/identity.ts';

/** An identity stays as long as another object refers to it. */
const known = new Map<string, WeakRef<Identity>>();

const collected = new FinalizationRegistry<string>((key) => {
  // Another one may have come in its place before this was called.
  if (known.get(key)?.deref() === undefined) known.delete(key);
});

/** The object that was returned for an equal identity before, else this one. */
export function sharedIdentity(identity: Identity): Identity {
  // Stores of two namespaces may name the same one, each for its own share.
  const key = `${identity.storeNamespace ?? ''} ${identityKey(identity)}`;
  const before = known.get(key)?.deref();
  if (before !== undefined) return before;
  known.set(key, new WeakRef(identity));
  collected.register(identity, key);
  return identity;
}
