// What is known of the last restart of a workload, when its patch was refused.
import { describe, expect, it } from '@jest/globals';
import { LastRestarts } from '../../../../src/reconcile/shared/last-restarts.ts';
import { workloadEntry } from '../../restart/ledger/entries.ts';

const ID = 'Deployment/team/app';
const MARKER = 'restart.keytender.dev/database';
const before = workloadEntry('u', { patchedAt: '2026-01-01T00:00:00.000Z', markers: { [MARKER]: '1.k:a' } });
const entry = workloadEntry('u', { patchedAt: '2026-01-02T00:00:00.000Z', markers: { [MARKER]: '2.k:b' } });

function seen(marker: string) {
  return {
    metadata: { name: 'app', namespace: 'team', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    markers: { [MARKER]: marker },
  };
}

describe('the last restart of a workload', () => {
  it('is the entry of the ledger', () => {
    expect(new LastRestarts({ workload: () => entry }).of(ID, seen('1.k:a'))).toBe(entry);
  });

  it('is the one before, if the API server refused the patch', () => {
    const restarts = new LastRestarts({ workload: () => entry });
    restarts.failed(ID, { kind: 'conflict', status: 409, message: '' }, { entry, before });
    expect(restarts.of(ID, seen('1.k:a'))).toBe(before);
  });

  it('is the entry all the same, if another leader has made that restart', () => {
    const restarts = new LastRestarts({ workload: () => entry });
    restarts.failed(ID, { kind: 'conflict', status: 409, message: '' }, { entry, before });
    expect(restarts.of(ID, seen('2.k:b'))).toBe(entry);
  });
});
