/** The content of the sources that workloads consume, from the cache and from the API server. */
import type { Dialect } from '../../api/dialect.ts';
import { builtin } from '../../api/object/builtin-types.ts';
import type { SecretObject } from '../../api/object/object.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';
import { recordsOn } from '../../apply/record.ts';
import { keyOf } from '../../base/key.ts';
import type { KubeReader } from '../../kube/port.ts';
import type { SourceContent, SourceName } from '../../restart/source/content.ts';
import type { LiveContent } from '../../restart/source/live-sources.ts';
import { contentOfRecords } from '../../restart/source/secret-content.ts';
import type { ObjectStore } from '../../watch/port.ts';

export interface SourceContents {
  /** From the cache. Undefined: the source does not exist, or nobody records its content yet. */
  readonly cached: (namespace: string, source: SourceName) => SourceContent | undefined;
  readonly live: (namespace: string, source: SourceName, signal: AbortSignal) => Promise<LiveContent>;
}

export interface ManagedContentsOptions {
  readonly dialect: Dialect;
  readonly managedSecrets: ObjectStore<ManagedSecret>;
  readonly externalSecrets: ObjectStore<ExternalSecretObject>;
  readonly client: KubeReader;
}

/** Contents of the Secrets that Keytender writes. */
export function managedContents({ dialect, managedSecrets, externalSecrets, client }: ManagedContentsOptions): SourceContents {
  return {
    cached: (namespace, { name }) => {
      const secret = managedSecrets.get(keyOf(namespace, name));
      return secret && contentOfRecords(Array.from(secret.records.values(), ({ record }) => record));
    },
    live: async (namespace, { name }, signal) => {
      const read = await client.get<SecretObject>(builtin.secret, { namespace, name }, signal);
      if (!read.ok) return read.failure.kind === 'not-found' ? { ok: true, value: undefined } : read;
      const writers = externalSecrets.byIndex('target', `${namespace}/${name}`).map(({ metadata }) => metadata.uid);
      const records = recordsOn(dialect.records, read.value.metadata.annotations, new Set(writers));
      return { ok: true, value: contentOfRecords([...records.values()]) };
    },
  };
}
