/** A subject with the facts of a test; all other facts are those of a synced one. */
import type { ExternalSecretObject } from '../../../../src/api/schema/external-secret.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import type { ContentId } from '../../../../src/base/digest.ts';
import { keyOf } from '../../../../src/base/key.ts';
import type { WriteRecord } from '../../../../src/apply/port.ts';
import type { Subject } from '../../../../src/reconcile/external-secret/subject.ts';
import type { Entry } from '../../../../src/resolve/entries/plan-references.ts';
import { dependantKey } from '../../../../src/source/references/dependant.ts';
import { object, planned } from '../../resolve/entries.ts';

export const record: WriteRecord = {
  writer: 'orders',
  inputs: 'inputs',
  content: 'k1:content' as ContentId,
  sources: [{ key: 'db', stage: 'AWSCURRENT', versionId: 'v1' }],
};

export function entriesOf(...refs: readonly { key: string; version?: string; metadataPolicy?: 'Fetch' }[]): readonly Entry[] {
  const data = refs.map((remoteRef, index) => ({ secretKey: `key${index}`, remoteRef }));
  return planned({ secretStoreRef: { name: 's' }, data });
}

export function statusOf(reason: string, more: object = {}): NonNullable<ExternalSecretObject['status']> {
  const status = reason === 'SecretSynced' || reason === 'Validated' ? 'True' : 'False';
  const condition = { type: 'Ready', status, reason, message: 'm', lastTransitionTime: '', observedGeneration: 3 } as const;
  return { content: record.content, conditions: [condition], ...more };
}

export function subject(facts: Partial<Subject> & { readonly status?: ExternalSecretObject['status'] } = {}): Subject {
  const { status = statusOf('SecretSynced'), ...others } = facts;
  const resource = { ...object('ExternalSecret', 'orders', 'team'), spec: {}, status };
  return {
    dialect: keytender,
    key: keyOf('team', 'orders'),
    dependant: dependantKey('externalsecrets.keytender.dev', keyOf('team', 'orders')),
    resource,
    spec: { secretStoreRef: { name: 's' } },
    namespace: 'team',
    generation: 3,
    policy: 'Owner',
    secretName: 'orders',
    refresh: { kind: 'Periodic', interval: ms(60_000) },
    entries: entriesOf({ key: 'db' }),
    inputs: 'inputs',
    secret: undefined,
    held: { record, intact: true },
    shapeHolds: true,
    recorded: record.sources,
    forceSync: undefined,
    forceDue: false,
    ...others,
  };
}
