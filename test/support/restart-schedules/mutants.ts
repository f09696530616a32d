/** Engines that lack one rule, made at the ports of the real one. The oracle must find each of them. */
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { ResourceType } from '../../../src/api/object/resource-type.ts';
import type { KubeReader, KubeWriter, MetadataReader } from '../../../src/kube/port.ts';
import { ok } from '../../../src/base/result.ts';
import { MemoryApi } from '../fakes/memory-api.ts';
import type { Client } from './faulty-client.ts';

export interface Mutant {
  /** Takes the cached content of sources for the live one. */
  readonly believesCache?: boolean;
  /** Where the ledger is stored; each process asks once. */
  readonly ledgerClient?: () => KubeReader & KubeWriter;
  /** What the search for the oldest pods reads. */
  readonly reader?: (client: Client) => KubeReader & MetadataReader;
  readonly alter?: (type: ResourceType, body: object) => object;
}

export const mutants = {
  /** Pods never count as younger than a change. */
  'without the age rule': {
    reader: (client) => ({
      ...client,
      metadataPage: async (...request) => {
        const page = await client.metadataPage(...request);
        return page.ok ? ok({ ...page.value, objects: page.value.objects.map(aged) }) : page;
      },
    }),
  },
  'without the live read': { believesCache: true },
  'without the ledger': { ledgerClient: () => new MemoryApi() },
  /** Markers and records have content ids alone. */
  'without the sequence': { alter: (type, body) => (type.kind === 'Secret' ? withoutSequences(body) : body) },
  'without the resourceVersion precondition': {
    alter: (type, body) => (WORKLOADS.has(type.kind) ? withoutVersion(body as KubeObject) : body),
  },
} as const satisfies Readonly<Record<string, Mutant>>;

const WORKLOADS: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

function aged(pod: KubeObject): KubeObject {
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp: '2000-01-01T00:00:00Z' } };
}

function withoutVersion({ metadata, ...body }: KubeObject): object {
  const { resourceVersion: _, ...others } = metadata;
  return { metadata: others, ...body };
}

function withoutSequences(body: object): object {
  const { metadata = {}, ...others } = body as { metadata?: { annotations?: Record<string, unknown> } };
  const annotations = Object.entries(metadata.annotations ?? {}).map(([name, text]) => [
    name,
    typeof text === 'string' ? stripped(text) : text,
  ]);
  return { ...others, metadata: { ...metadata, annotations: Object.fromEntries(annotations) } };
}

function stripped(text: string): string {
  if (!text.startsWith('{')) return text;
  const { sequence: _, changes: _changes, ...record } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(record);
}
