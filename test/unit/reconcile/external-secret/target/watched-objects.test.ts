import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../../src/failure/failure.ts';
import { builtin } from '../../../../../src/api/object/builtin-types.ts';
import { failureReasons, type FailureReason } from '../../../../../src/failure/reasons.ts';
import { watchedObjects } from '../../../../../src/reconcile/external-secret/target/watched-objects.ts';
import { unchanged } from '../../../../../src/reconcile/external-secret/sync-result.ts';
import { subject } from '../subjects.ts';

const { resource } = subject();
const target = { type: builtin.secret, namespace: 'team', name: 'orders' };

describe('watchedObjects', () => {
  it('is the target while it is what stands in the way, and nothing else', () => {
    const result = unchanged(subject());
    expect(watchedObjects(resource, result)).toEqual([]);
    for (const reason of Object.keys(failureReasons) as FailureReason[]) {
      const about = reason.startsWith('Target') || reason === 'MergeKeyConflict';
      expect([reason, watchedObjects(resource, { ...result, failure: failure(reason, 'why') })]).toEqual([reason, about ? [target] : []]);
    }
  });

  it('is nothing before the target is known', () => {
    const { secretName: _unknown, ...result } = unchanged(subject());
    expect(watchedObjects(resource, { ...result, failure: failure('TargetReserved', 'why') })).toEqual([]);
  });
});
