/** Which remote values an ExternalSecret refers to, entry by entry. Pure. */
import type { ExternalSecretSpec, RemoteRef } from '../api/external-secret.ts';
import type { Identity, SecretService } from '../aws/identity.ts';
import type { VersionSelector } from '../aws/port.ts';
import { excerpt, quote } from '../base/excerpt.ts';
import type { RemoteReference } from '../source/port.ts';

export interface Entry {
  /** Where it stands, for messages: `data[2] (password)`. */
  readonly place: string;
  /** Absent for an entry that yields many keys. */
  readonly secretKey?: string;
  readonly remoteRef: RemoteRef;
  readonly reference: RemoteReference;
}

export interface ReferenceContext {
  readonly identity: Identity;
  readonly prefix: string;
}

/** Of a key that a message names: most ARNs are shorter. */
const MAX_KEY = 160;

const PINNED: Readonly<Record<SecretService, RegExp>> = { SecretsManager: /^uuid\/(.*)$/s, ParameterStore: /^0*(\d{1,19})$/ };

/** dataFrom first and data last, so that in this order a later entry wins. */
export function planReferences(spec: ExternalSecretSpec, context: ReferenceContext): readonly Entry[] {
  const many = (spec.dataFrom ?? []).map(({ extract }, index) => ({
    place: `dataFrom[${index}] (key ${quote(extract.key, MAX_KEY)})`,
    remoteRef: extract,
    reference: referenceOf(extract, context),
  }));
  const single = (spec.data ?? []).map(({ secretKey, remoteRef }, index) => ({
    place: `data[${index}] (${excerpt(secretKey)}, key ${quote(remoteRef.key, MAX_KEY)})`,
    secretKey,
    remoteRef,
    reference: referenceOf(remoteRef, context),
  }));
  return [...many, ...single];
}

function referenceOf(remoteRef: RemoteRef, { identity, prefix }: ReferenceContext): RemoteReference {
  const isArn = remoteRef.key.startsWith('arn:');
  return {
    identity,
    secretId: isArn ? remoteRef.key : `${prefix}${remoteRef.key}`,
    version: remoteRef.metadataPolicy === 'Fetch' ? { kind: 'tags' } : versionOf(remoteRef.version, identity.service),
  };
}

/** `uuid/<id>` pins a version (of a parameter: its number), anything else names a stage or label (as in external-secrets.io). */
function versionOf(version: string | undefined, service: SecretService): VersionSelector {
  const id = version === undefined ? undefined : PINNED[service].exec(version)?.[1];
  return id === undefined ? { kind: 'stage', stage: version ?? 'AWSCURRENT' } : { kind: 'id', id };
}
