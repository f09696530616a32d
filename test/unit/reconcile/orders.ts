/** The ExternalSecret "orders", which brings the secret "db" into a Secret with its own name. */
import type { Condition } from '../../../src/api/schema/conditions.ts';
import type { WorkResult } from '../../../src/queue/port.ts';
import { World } from './world.ts';

/** Entries of an ExternalSecret: the value of "db" is under the key "password". */
export const db = [{ secretKey: 'password', remoteRef: { key: 'db' } }];

/** A world in which AWS has the secret "db", and the cluster no ExternalSecret yet. */
export function ordersWorld(): World {
  const made = new World();
  made.values.put('db', 'one');
  return made;
}

/** One reconcile after the watches have delivered all there is. */
export async function round(made: World, name = 'orders'): Promise<WorkResult | 'crashed'> {
  made.sync();
  return await made.reconcile(name);
}

export function conditionOf(made: World, type: 'Ready' | 'UpToDate', name = 'orders'): Condition | undefined {
  return made.resource(name)?.status?.conditions?.find((condition) => condition.type === type);
}
