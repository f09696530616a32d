/** The reconciler of ExternalSecrets in a schedule: the values that AWS would give go through the real write, and the status gets its record. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import type { ExternalSecretStatus } from '../../../src/api/schema/external-secret-status.ts';
import { applySecret } from '../../../src/apply/apply-secret.ts';
import type { ManagedSecret } from '../../../src/apply/managed-secret.ts';
import type { WriteRecord } from '../../../src/apply/port.ts';
import type { FormerContent, WriteRequest } from '../../../src/apply/write-request.ts';
import { type ContentId, type DigestKey, digestParts } from '../../../src/base/digest.ts';
import { keyOf, type Key } from '../../../src/base/key.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { Clock } from '../../../src/base/time/clock.ts';
import type { TimeSlices } from '../../../src/base/time/time-slices.ts';
import type { WorkResult } from '../../../src/queue/port.ts';
import { contentDigestOf } from '../../../src/status/external-secret-status.ts';
import type { ObjectStore } from '../../../src/watch/port.ts';
import type { Client } from './faulty-client.ts';
import { NAMESPACE, writerOf } from './objects.ts';

export interface SecretWritesContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly slices: TimeSlices;
  readonly digestKey: DigestKey;
  readonly externalSecrets: ObjectStore<ExternalSecretObject>;
  readonly managedSecrets: ObjectStore<ManagedSecret>;
  /** Values by key. */
  readonly valuesOf: (writer: string) => ReadonlyMap<string, string>;
}

export async function writeSecret(key: Key, context: SecretWritesContext, signal: AbortSignal): Promise<WorkResult> {
  const { client, managedSecrets, slices } = context;
  const resource = context.externalSecrets.get(key);
  if (resource === undefined) return { kind: 'done' };
  const { secret } = writerOf(resource.metadata.name);
  const cached = managedSecrets.get(keyOf(NAMESPACE, secret));
  const remember = async () => ({ ok: true, value: undefined }) as const;
  const request = requestOf(resource, context);
  const applied = await applySecret(request, { client, work: slices.worker(NAMESPACE, signal), cached, remember }, signal);
  if (!applied.ok) return { kind: 'retry' };
  const status = statusOf(secret, applied.value.record, resource.status);
  if (JSON.stringify(status) === JSON.stringify(kept(resource.status))) return { kind: 'done' };
  const target = { namespace: NAMESPACE, name: resource.metadata.name };
  const written = await client.mergePatch(
    keytender.kinds.externalSecret,
    target,
    { status: { lastChangeTime: null, ...status } },
    signal,
    'status',
  );
  return written.ok ? { kind: 'done' } : { kind: 'retry' };
}

function requestOf(resource: ExternalSecretObject, { digestKey, clock, valuesOf, externalSecrets }: SecretWritesContext): WriteRequest {
  const { name, uid, generation = 1 } = resource.metadata;
  const { secret, policy } = writerOf(name);
  const { group, version, kind } = keytender.kinds.externalSecret;
  const others = externalSecrets.byIndex('target', `${NAMESPACE}/${secret}`).map(({ metadata }) => metadata.uid);
  const values = valuesOf(name);
  const data = new Map([...values].map(([key, value]) => [key, SecretValue.ofText(value)]));
  return {
    dialect: keytender,
    writer: { apiVersion: `${group}/${version}`, kind, namespace: NAMESPACE, name, uid, generation },
    secretName: secret,
    policy,
    recreate: false,
    content: { type: 'Opaque', immutable: false, labels: {}, annotations: {}, data },
    inputs: digestParts(digestKey, [name]),
    sources: [...values].map(([key, value]) => ({ key: `${name}-${key}`, stage: 'AWSCURRENT', versionId: value })),
    former: formerOf(secret, resource.status),
    now: new Date(clock.now()).toISOString(),
    key: digestKey,
    isWriter: (one) => one === uid || others.includes(one),
    fieldOfKey: (key) => key,
  };
}

type Kept = Pick<ExternalSecretStatus, 'binding' | 'content' | 'contentSequence' | 'lastChangeTime' | 'contentDigest'>;

function statusOf(secret: string, record: WriteRecord, before: ExternalSecretStatus | undefined): Kept {
  const { content, sequence, changedAt } = record;
  return {
    binding: { name: secret },
    content,
    ...(sequence === undefined ? {} : { contentSequence: sequence }),
    ...(changedAt === undefined ? {} : { lastChangeTime: changedAt }),
    ...contentDigestOf(record, before),
  };
}

function kept({ binding, content, contentSequence, lastChangeTime, contentDigest }: ExternalSecretStatus = {}): Kept {
  return {
    ...(binding === undefined ? {} : { binding: { name: binding.name } }),
    ...(content === undefined ? {} : { content }),
    ...(contentSequence === undefined ? {} : { contentSequence }),
    ...(lastChangeTime === undefined ? {} : { lastChangeTime }),
    ...(contentDigest === undefined ? {} : { contentDigest }),
  };
}

function formerOf(secret: string, status: ExternalSecretStatus = {}): FormerContent {
  const { content, contentSequence, contentDigest, lastChangeTime, binding } = status;
  const changedAt = lastChangeTime === undefined ? {} : { changedAt: lastChangeTime };
  if (content === undefined || binding?.name !== secret) return changedAt;
  return {
    ...changedAt,
    content: content as ContentId,
    ...(contentSequence === undefined ? {} : { sequence: contentSequence }),
    ...(contentDigest === undefined ? {} : { digest: contentDigest as ContentId }),
  };
}
