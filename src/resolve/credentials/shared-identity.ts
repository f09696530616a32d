/**
 * Replaces equal identities by one object. Each reconcile resolves its store again, and every tracked reference keeps its last identity.
 * Without this there would be thousands of equal identities, each with credentials and names.
 */
import { identityKey, type Identity } from '../../aws/credentials/identity.ts';

/** An identity stays as long as another object refers to it. */
const known = new Map<string, WeakRef<Identity>>();

const collected = new FinalizationRegistry<string>((key) => {
  // Another identity can have replaced it before this call.
  if (known.get(key)?.deref() === undefined) known.delete(key);
});

/** The object that was returned for an equal identity before, or this one. */
export function sharedIdentity(identity: Identity): Identity {
  // Stores of two namespaces can have the same identity, each with the share of its own namespace.
  const key = `${identity.storeNamespace ?? ''} ${identityKey(identity)}`;
  const before = known.get(key)?.deref();
  if (before !== undefined) return before;
  known.set(key, new WeakRef(identity));
  collected.register(identity, key);
  return identity;
}
