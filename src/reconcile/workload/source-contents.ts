/** The content of the Secrets that Keytender writes, from the cache and from the API server. */
import { builtin } from '../../api/object/builtin-types.ts';
import type { SecretObject } from '../../api/object/object.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';
import type { WriteRecord } from '../../apply/port.ts';
import { recordsOn } from '../../apply/record.ts';
import { keyOf } from '../../base/key.ts';
import type { KubeReader, KubeResult } from '../../kube/port.ts';
import type { SourceContent, SourceName } from '../../restart/source/content.ts';
import type { ForeignSources } from '../../restart/foreign/foreign-sources.ts';
import type { MarkerPrefixes } from '../../restart/source/marker.ts';
import { type FormerMarker, formerMarkers, secretContent } from '../../restart/source/secret-content.ts';
import type { RestartSide } from './sides.ts';

export interface KnownContent {
  readonly content: SourceContent;
  /** Markers of earlier versions that mean this content. */
  readonly former: readonly FormerMarker[];
}

/** Undefined: the source does not exist, or nobody records its content. */
export type LiveContent = KubeResult<SourceContent | undefined>;

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
    cached: (namespace, { kind, name }) => {
      if (kind !== 'Secret') return undefined;
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

const NO_FORMER: readonly FormerMarker[] = [];

/** With the sources of others. A Secret that Keytender writes has its records, whoever else names it. */
export function contentsOf(managed: SourceContents, foreign: ForeignSources | undefined): SourceContents {
  if (foreign === undefined) return managed;
  return {
    cached: (namespace, source) => {
      const own = managed.cached(namespace, source);
      if (own !== undefined) return own;
      const content = foreign.contentOf(namespace, source);
      return typeof content === 'string' ? undefined : { content, former: NO_FORMER };
    },
    live: async (namespace, source, signal) => {
      if (managed.cached(namespace, source) !== undefined) return await managed.live(namespace, source, signal);
      const read = await foreign.confirm(namespace, source, signal);
      if (!read.ok) return read;
      return { ok: true, value: typeof read.value === 'string' ? undefined : read.value };
    },
  };
}

function writersIn({ externalSecrets }: RestartSide, namespace: string, name: string): ReadonlySet<string> {
  return new Set(externalSecrets.byIndex('target', `${namespace}/${name}`).map(({ metadata }) => metadata.uid));
}
