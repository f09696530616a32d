// An ExternalSecret that is not reconciled reports this once.
import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject } from '../../../../src/api/schema/external-secret.ts';
import type { ExternalSecretStatus } from '../../../../src/api/schema/external-secret-status.ts';
import { reportNotListed, type NotListedContext } from '../../../../src/reconcile/external-secret/not-listed.ts';
import { OwnStatuses } from '../../../../src/reconcile/shared/own-statuses.ts';
import type { KubeFailure } from '../../../../src/kube/port.ts';
import { object } from '../../resolve/entries.ts';
import { reporting } from '../reporting.ts';

const open = new AbortController().signal;
const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'SecretSynced',
  message: 'fine',
  lastTransitionTime: '2026-01-01T00:00:00Z',
} as const;

function world(refusal?: KubeFailure) {
  const { events, context } = reporting();
  const resource: ExternalSecretObject = {
    ...object('ExternalSecret', 'db', 'team'),
    status: { content: 'k1:a', conditions: [READY] },
  } as ExternalSecretObject;
  const written: ExternalSecretStatus[] = [];
  const client = {
    mergePatch: async (_type: unknown, _name: unknown, body: { readonly status: ExternalSecretStatus }) => {
      written.push(body.status);
      if (refusal !== undefined) return { ok: false, failure: refusal };
      return { ok: true, value: { ...resource, metadata: { ...resource.metadata, resourceVersion: `${written.length + 1}` } } };
    },
  } as unknown as NotListedContext['client'];
  const ownStatuses: NotListedContext['ownStatuses'] = new OwnStatuses();
  const report = (missing: string, of = resource) => reportNotListed(of, missing, { ...context, client, ownStatuses }, open);
  return { resource, events, written, report };
}

const MISSING = `ExternalSecret, SecretStore, Secret in namespace ${'n'.repeat(63)}; ClusterSecretStore, Namespace in the cluster`;

describe('reportNotListed', () => {
  it('writes status and Event once while the same is missing, and again when something else is', async () => {
    const { report, written, events } = world();
    for (let round = 0; round < 5; round += 1) expect(await report(MISSING)).toEqual({ kind: 'done' });
    expect(written).toMatchObject([{ content: 'k1:a', conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NotListed' }] }]);
    expect(events).toMatchObject([{ type: 'Warning', reason: 'NotListed', note: expect.stringContaining(MISSING) }]);
    expect(events[0]?.note.length).toBeLessThanOrEqual(300);
    await report('Secret in namespace team');
    expect([written.length, events.length]).toEqual([2, 2]);
  });

  it('comes back for a status that could not be written, and leaves one alone that is being deleted', async () => {
    const { report, resource } = world({ kind: 'forbidden', status: 403, message: 'no' });
    expect(await report(MISSING)).toMatchObject({ kind: 'retry' });
    const deleted = { ...resource, metadata: { ...resource.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const { written, report: other } = world();
    expect(await other(MISSING, deleted)).toEqual({ kind: 'done' });
    expect(written).toEqual([]);
  });
});
