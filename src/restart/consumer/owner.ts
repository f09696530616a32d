/** The controller that owns a workload: it would take the marker away, or replace the workload. Pure. */
import { listOf, memberOf, textOf } from '../../base/members.ts';
import { shortCopy } from '../../base/excerpt.ts';
import type { Consumer } from './consumer.ts';

type Owner = NonNullable<Consumer['owner']>;

const MAX_NAME = 253;

export interface OwnerBlock {
  readonly reason: 'OwnedByController';
  readonly owner: Owner;
}

export function ownerIn(metadata: unknown): Owner | undefined {
  const owner = listOf(metadata, 'ownerReferences').find((reference) => memberOf(reference, 'controller') === true);
  if (owner === undefined) return undefined;
  return { kind: shortCopy(textOf(owner, 'kind') ?? '', MAX_NAME), name: shortCopy(textOf(owner, 'name') ?? '', MAX_NAME) };
}

/** Set if the workload may not be restarted because a controller owns it. No controller is known to keep annotations of others, so only the setting permits it. */
export function ownerBlock({ owner, settings }: Pick<Consumer, 'owner' | 'settings'>): OwnerBlock | undefined {
  return owner === undefined || settings.restartOwned ? undefined : { reason: 'OwnedByController', owner };
}
