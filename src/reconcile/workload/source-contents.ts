/** The content of the Secrets that Keytender writes, from the cache and from the API server. */
import { builtin } from '../../api/object/builtin-types.ts';
import type { SecretObject } from '../../api/object/object.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';
import type { WriteRecord } from '../../apply/port.ts';
import { recordsOn } from '../../apply/record.ts';
import { keyOf } from '../../base/key.ts';
import type { KubeReader } from '../../kube/port.ts';
import type { SourceContent, SourceName } from '../../restart/source/content.ts';
import type { LiveContent } from '../../restart/source/live-sources.ts';
import type { MarkerPrefixes } from '../../restart/source/marker.ts';
import { type FormerMarker, formerMarkers, secretContent } from '../../restart/source/secret-content.ts';
import type { RestartSide } from './sides.ts';

export interface KnownContent {
  readonly content: SourceContent;
  /** Markers of earlier versions that mean this content. */
  readonly former: readonly FormerMarker[];
}

export interface SourceContents {
  /** From the cache. Undefined: the source does not exist, or its content is not known. */
  readonly cached: (namespace: string, source: SourceName) => KnownContent | undefined;
  readonly live: (namespace: string, source: SourceName, signal: AbortSignal) => Promise<LiveContent>;
}

export interface ManagedContentsOptions {
  readonly sides: readonly RestartSide[];
  readonly prefixes: MarkerPrefixes;
  readonly client: KubeReader;
}

/** A Secret with many writers is read by many workloads, so its content is computed once for each version of it. */
export function managedContents({ sides, prefixes, client }: ManagedContentsOptions): SourceContents {
  const known = new WeakMap<ManagedSecret, KnownContent>();
  const knownOf = (name: string, records: readonly WriteRecord[]): KnownContent | undefined => {
    const content = secretContent(records);
    return content && { content, former: formerMarkers(prefixes, name, records) };
  };
  return {
    cached: (namespace, { name }) => {
      const key = keyOf(namespace, name);
      // One that holds records: the Secret can have the labels of two API groups.
      const secret = sides.map(({ managedSecrets }) => managedSecrets.get(key)).find((one) => one !== undefined && one.records.size > 0);
      if (secret === undefined) return undefined;
      const found =
        known.get(secret) ??
        knownOf(
          name,
          Array.from(secret.records.values(), ({ record }) => record),
        );
      if (found !== undefined) known.set(secret, found);
      return found;
    },
    live: async (namespace, { name }, signal) => {
      const read = await client.get<SecretObject>(builtin.secret, { namespace, name }, signal);
      if (!read.ok) return read.failure.kind === 'not-found' ? { ok: true, value: undefined } : read;
      const { annotations } = read.value.metadata;
      const found = sides.map((side) => recordsOn(side.dialect.records, annotations, writersIn(side, namespace, name)));
      return { ok: true, value: secretContent(found.find(({ size }) => size > 0)?.values() ?? []) };
    },
  };
}

function writersIn({ externalSecrets }: RestartSide, namespace: string, name: string): ReadonlySet<string> {
  return new Set(externalSecrets.byIndex('target', `${namespace}/${name}`).map(({ metadata }) => metadata.uid));
}
