import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { failure } from '../../../src/failure/failure.ts';
import type { ExternalSecretStatus } from '../../../src/api/schema/external-secret-status.ts';
import type { ContentId } from '../../../src/base/digest.ts';
import { externalSecretStatus, sameStatus, type Findings } from '../../../src/status/external-secret-status.ts';

const NOW = '2026-01-02T00:00:00.000Z';
const LATER = '2026-01-03T00:00:00.000Z';

const synced: Findings = {
  generation: 3,
  ready: { kind: 'settled', reason: 'SecretSynced', ready: true, message: 'all is well' },
  secret: {
    name: 'orders',
    record: {
      writer: 'orders',
      inputs: 'i',
      content: 'k1:c' as ContentId,
      sources: [{ key: 'db', stage: 'AWSCURRENT', versionId: 'v1' }],
      changedAt: '2026-01-01T00:00:00.000Z',
    },
  },
  confirmedAt: NOW,
};
const denied: Findings = { generation: 3, ready: { kind: 'failed', failure: failure('AccessDenied', 'no') } };
const restarts = (state: 'Restarted' | 'Current'): NonNullable<Findings['restarts']> => ({
  statuses: [{ kind: 'Deployment', name: 'app', state, content: 'k1:c' }],
});
const conditions = (status: ExternalSecretStatus): string[] =>
  (status.conditions ?? []).map(({ type, status: holds, reason }) => `${type}=${holds} ${reason}`).sort();

describe('externalSecretStatus', () => {
  it('is a view of the record', () => {
    expect(externalSecretStatus(keytender.words, undefined, synced, NOW)).toEqual({
      observedGeneration: 3,
      conditions: [
        { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'all is well', observedGeneration: 3, lastTransitionTime: NOW },
      ],
      binding: { name: 'orders' },
      content: 'k1:c',
      sources: [{ key: 'db', stage: 'AWSCURRENT', versionId: 'v1' }],
      lastChangeTime: '2026-01-01T00:00:00.000Z',
      refreshTime: NOW,
    });
  });

  it('keeps what it knows when a round fails, and when AWS confirmed it, with the hint in the message', () => {
    const before = externalSecretStatus(keytender.words, undefined, synced, NOW);
    const after = externalSecretStatus(keytender.words, before, denied, LATER);
    expect(after).toMatchObject({ binding: { name: 'orders' }, content: 'k1:c', refreshTime: NOW });
    expect(after.conditions).toMatchObject([
      { status: 'False', reason: 'AccessDenied', message: expect.stringMatching(/^no; allow /), lastTransitionTime: LATER },
    ]);
  });

  it('moves the time of the transition only with the status', () => {
    const first = externalSecretStatus(keytender.words, undefined, denied, NOW);
    const second = externalSecretStatus(
      keytender.words,
      first,
      { ...denied, ready: { kind: 'failed', failure: failure('Throttled', 'slow') } },
      LATER,
    );
    expect(second.conditions).toMatchObject([{ reason: 'Throttled', lastTransitionTime: NOW }]);
  });

  it('says of restarts whether they are done, were not needed or failed, and nothing when there are none', () => {
    const rounds: readonly (readonly [Findings['restarts'], string[]])[] = [
      [undefined, ['Ready=True SecretSynced']],
      [restarts('Current'), ['Ready=True SecretSynced', 'Restarted=True RestartsNotNeeded']],
      [restarts('Restarted'), ['Ready=True SecretSynced', 'Restarted=True RestartsDone']],
      [{ ...restarts('Restarted'), failure: failure('RestartFailed', 'no') }, ['Ready=True SecretSynced', 'Restarted=False RestartFailed']],
      [{ statuses: [] }, ['Ready=True SecretSynced']],
    ];
    let status: ExternalSecretStatus | undefined;
    for (const [found, expected] of rounds) {
      status = externalSecretStatus(keytender.words, status, { ...synced, ...(found && { restarts: found }) }, NOW);
      expect(conditions(status)).toEqual(expected);
    }
    expect(status?.restarts).toEqual([]);
  });

  it('says that a change waits, leaves it where nothing is known of it, and takes it back', () => {
    const wait = { ...synced, pending: { reason: 'ChangePending', message: 'it waits' } as const, restarts: restarts('Current') };
    const waiting = externalSecretStatus(keytender.words, undefined, wait, NOW);
    expect(waiting.conditions).toMatchObject([
      { type: 'Ready' },
      { type: 'UpToDate', status: 'False', reason: 'ChangePending', message: 'it waits', observedGeneration: 3, lastTransitionTime: NOW },
      { type: 'Restarted' },
    ]);
    expect(sameStatus(waiting, externalSecretStatus(keytender.words, waiting, wait, LATER))).toBe(true);
    expect(conditions(externalSecretStatus(keytender.words, waiting, denied, LATER))).toContain('UpToDate=False ChangePending');
    expect(conditions(externalSecretStatus(keytender.words, waiting, { ...synced, pending: 'none' }, LATER))).not.toContain(
      'UpToDate=False ChangePending',
    );
  });

  it('says that a forced sync waits, for as long as each round says so', () => {
    const wait = { ...synced, pending: { reason: 'ForceSyncDelayed', message: 'it waits' } as const };
    const waiting = externalSecretStatus(keytender.words, undefined, wait, NOW);
    expect(conditions(waiting)).toContain('UpToDate=False ForceSyncDelayed');
    expect(conditions(externalSecretStatus(keytender.words, waiting, denied, LATER))).not.toContain('UpToDate=False ForceSyncDelayed');
  });

  it('says that reads wait, and leaves Ready and its generation as they were', () => {
    const before = externalSecretStatus(keytender.words, undefined, synced, NOW);
    const wait = { generation: 4, pending: { reason: 'ReadsDelayed', message: 'it waits' } } as const;
    const waiting = externalSecretStatus(keytender.words, before, wait, LATER);
    expect(waiting.observedGeneration).toBe(before.observedGeneration);
    expect(waiting.conditions).toMatchObject([before.conditions?.[0], { type: 'UpToDate', reason: 'ReadsDelayed', observedGeneration: 4 }]);
    expect(conditions(externalSecretStatus(keytender.words, undefined, wait, LATER))).toEqual(['UpToDate=False ReadsDelayed']);
    expect(conditions(externalSecretStatus(keytender.words, waiting, denied, LATER))).not.toContain('UpToDate=False ReadsDelayed');
  });

  it('shows the value of force-sync that was acted on, and what a target that is not written was read from', () => {
    const sources = [{ key: 'db', versionId: 'v1' }];
    const { secret: _none, ...validated } = synced;
    expect(externalSecretStatus(keytender.words, undefined, { ...validated, sources, forceSync: 'x' }, NOW)).toMatchObject({
      sources,
      forceSync: 'x',
    });
  });

  it('shows the version number of a parameter, whether or not its target is written', () => {
    const sources = [{ key: '/db', stage: 'AWSCURRENT', versionId: `3@${NOW}`, createdDate: NOW }];
    const shown = [{ ...sources[0], versionId: '3' }];
    const { secret: _none, ...validated } = synced;
    expect(externalSecretStatus(keytender.words, undefined, { ...validated, sources }, NOW).sources).toEqual(shown);
    const secret = { name: 'db', record: { writer: 'x', inputs: 'i', content: 'k:c' as ContentId, sources } };
    expect(externalSecretStatus(keytender.words, undefined, { ...validated, secret }, NOW).sources).toEqual(shown);
  });
});

describe('sameStatus', () => {
  const before = externalSecretStatus(keytender.words, undefined, { ...synced, restarts: restarts('Current') }, NOW);

  it('is true for a round that found nothing new, at whatever time and in whatever order', () => {
    const again = externalSecretStatus(keytender.words, before, { ...synced, restarts: restarts('Current'), confirmedAt: LATER }, LATER);
    expect(again.refreshTime).toBe(LATER);
    expect(sameStatus(before, again)).toBe(true);
    const shuffled = JSON.parse(JSON.stringify(before, Object.keys(before).reverse().concat(keysOf(before))));
    expect(sameStatus(shuffled as ExternalSecretStatus, again)).toBe(true);
  });

  it('is false for anything that people would see', () => {
    expect(sameStatus(undefined, before)).toBe(false);
    expect(sameStatus(before, externalSecretStatus(keytender.words, before, denied, LATER))).toBe(false);
    expect(sameStatus(before, { ...before, forceSync: 'x' })).toBe(false);
    expect(sameStatus(before, externalSecretStatus(keytender.words, before, { ...synced, generation: 4 }, NOW))).toBe(false);
  });
});

/** Names of all fields, at any depth. */
function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [name, ...keysOf(part)]);
}
