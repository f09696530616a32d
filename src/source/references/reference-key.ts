/** Names of references and of their identities as strings: the keys of everything that the engine shares. */
import { inBatch } from '../../aws/batch-calls.ts';
import { identityKey, lastingIdentityKey } from '../../aws/credentials/identity.ts';
import type { Selector } from '../../aws/port.ts';
import { assertNever } from '../../base/assert-never.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';

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
  return `${identityKey(reference.identity)} ${valueKey(reference)}` as ReferenceKey;
}

/** The key of the reference without its identity: equal for what has the same name and version, whoever reads it. */
export function valueKey({ secretId, version }: RemoteReference): string {
  const selector = selectorOf(version);
  return `${version.kind} ${selector.length} ${selector} ${secretId}`;
}

/** The key of a reference as long as no more changes about its identity than that its stored credentials are renewed. */
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
