// The message of a result that writes nothing: what was last written, and not why nothing could be written in between.
import { describe, expect, it } from '@jest/globals';
import { unchanged } from '../../../../src/reconcile/external-secret/sync-result.ts';
import { record, statusOf, subject } from './subjects.ts';

const messageOf = (facts: Parameters<typeof subject>[0]): unknown => {
  const { ready } = unchanged(subject(facts)).findings;
  return ready?.kind === 'settled' ? ready.message : ready;
};

describe('unchanged', () => {
  it('repeats the message of the last sync', () => {
    expect(messageOf({ status: statusOf('SecretSynced') })).toBe('m');
    expect(messageOf({ policy: 'None', held: undefined, status: statusOf('Validated') })).toBe('m');
  });

  it.each(['NotListed', 'MemoryShareExceeded'])('repeats no message of %s', (reason) => {
    expect(messageOf({ status: statusOf(reason) })).toBe('as last written, from 1 secret version');
    const recorded = [...record.sources, { key: 'other', stage: 'AWSCURRENT', versionId: 'v7' }];
    expect(messageOf({ status: statusOf(reason), recorded })).toBe('as last written, from 2 secret versions');
  });
});
