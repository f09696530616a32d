// The world of most tests of ExternalSecrets: one secret in AWS, and rounds of reconciling.
import { World } from './world.ts';

export const db = [{ secretKey: 'password', remoteRef: { key: 'db' } }];

/** A world with the secret `db` in AWS. */
export function worldWithDb(): World {
  const made = new World();
  made.values.put('db', 'one');
  return made;
}

/** The caches show the present state, and the resource is reconciled once. */
export async function round(made: World, name = 'orders'): ReturnType<World['reconcile']> {
  made.sync();
  return made.reconcile(name);
}
