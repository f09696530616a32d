// Workloads that a controller owns.
import { describe, expect, it } from '@jest/globals';
import { ownerBlock } from '../../../../src/restart/consumer/owner.ts';
import { reduced, setting } from './workloads.ts';

const owned = (annotations: object = {}, controller: unknown = true) =>
  reduced({
    metadata: {
      annotations,
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', uid: 'u1' },
        { apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka', name: 'events', uid: 'u2', controller },
      ],
    },
  });

describe('a workload that a controller owns', () => {
  it('is not restarted, and the controller is named', () => {
    expect(ownerBlock(owned())).toEqual({ reason: 'OwnedByController', owner: { kind: 'Kafka', name: 'events' } });
  });

  it('is restarted if it says so', () => {
    expect(ownerBlock(owned({ [setting('restart-owned')]: 'true' }))).toBeUndefined();
    expect(ownerBlock(owned({ [setting('restart-owned')]: 'false' }))).toBeDefined();
  });

  it('is one with a controller only: other owners only have it collected', () => {
    expect(ownerBlock(owned({}, false))).toBeUndefined();
    expect(ownerBlock(owned({}, 'true'))).toBeUndefined();
    expect(ownerBlock(reduced())).toBeUndefined();
  });

  it('keeps a bounded name', () => {
    const { owner } = reduced({ metadata: { ownerReferences: [{ kind: 'K'.repeat(9_999), name: 7, controller: true }] } });
    expect([owner?.kind.length, owner?.name]).toEqual([253, '']);
  });
});
