/** Keys of references: strings that identify a remote value for one identity. All shared data has these keys. */
import { inBatch } from '../../aws/batch-calls.ts';
import { identityKey, lastingIdentityKey } from '../../aws/credentials/identity.ts';
import type { Selector } from '../../aws/port.ts';
import { assertNever } from '../../base/assert-never.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';

/** A reference with its key. The key takes time to make, so functions for thousands of references pass both. */
export interface KeyedReference {
  readonly key: ReferenceKey;
  readonly reference: RemoteReference;
}

export function keyed(reference: RemoteReference): KeyedReference {
  return { key: referenceKey(reference), reference };
}

/** The key contains the length of the selector, so that no two references have the same key, whatever their names. */
export function referenceKey(reference: RemoteReference): ReferenceKey {
  return `${identityKey(reference.identity)} ${valueKey(reference)}` as ReferenceKey;
}

/** The key of the reference without its identity: equal for the same name and version, whatever the identity. */
export function valueKey({ secretId, version }: RemoteReference): string {
  const selector = selectorOf(version);
  return `${version.kind} ${selector.length} ${selector} ${secretId}`;
}

/** A key that stays the same when the stored credentials of the identity are renewed. */
export function lastingKey(reference: RemoteReference): string {
  return `${lastingIdentityKey(reference.identity)} ${valueKey(reference)}`;
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

/** Whether a batch call can read the reference. */
export function isBatchable({ identity, version }: RemoteReference): boolean {
  return version.kind !== 'query' && inBatch(identity.service, version);
}

/** Whether the reference follows this stage of a secret. Parameters have custom labels, and neither of these two. */
export function isStageOfSecret({ identity, version }: RemoteReference, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): boolean {
  return identity.service === 'SecretsManager' && version.kind === 'stage' && version.stage === stage;
}

/** Whether the reference is a query for a set. */
export function isQuery({ version }: RemoteReference): boolean {
  return version.kind === 'query';
}

/** A version id always has the same value, so after the first read it need not be refreshed. */
export function isPinned({ version }: RemoteReference): boolean {
  return version.kind === 'id';
}
