import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../../src/failure/failure.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { pendingChange } from '../../../../../src/reconcile/external-secret/sources/pending-change.ts';
import type { Subject } from '../../../../../src/reconcile/external-secret/subject.ts';
import type { Observation } from '../../../../../src/source/port.ts';
import { entriesOf, statusOf, subject } from '../subjects.ts';

const unknown: Observation = { kind: 'unknown' };
const denied: Observation = { kind: 'failed', failure: failure('AccessDenied', 'no'), since: ms(0) };
const at = (versionId: string): Observation => ({ kind: 'version', versionId });

const two: Partial<Subject> = {
  refresh: { kind: 'OnChange' },
  spec: { secretStoreRef: { name: 's' }, refreshPolicy: 'OnChange' },
  entries: entriesOf({ key: 'db' }, { key: 'api' }),
  recorded: ['db', 'api'].map((key) => ({ key, stage: 'AWSCURRENT', versionId: 'v1' })),
};

/** What is said about `db` and `api`, which hold v1, after `before` was said. */
function said(facts: Partial<Subject>, observed: Readonly<Record<string, Observation>>, before?: string): string | undefined {
  const status = statusOf('SecretSynced');
  const condition = { type: 'UpToDate', status: 'False', reason: 'ChangePending', lastTransitionTime: '' } as const;
  const conditions = [...(status.conditions ?? []), ...(before === undefined ? [] : [{ ...condition, message: before }])];
  return pendingChange(
    subject({ ...two, ...facts, status: { ...status, conditions } }),
    (entry) => observed[entry.remoteRef.key] ?? unknown,
  );
}

describe('pendingChange', () => {
  it('is what another version of a secret waits for, by what keeps it back', () => {
    const db = { db: at('v2') };
    const changed = 'the specification changes or the annotation keytender.dev/force-sync gets a new value';
    expect(said({}, db)).toBe(`AWS holds another version of "db" than was taken; refreshPolicy OnChange takes it when ${changed}`);
    const tags = {
      entries: entriesOf({ key: 'db', metadataPolicy: 'Fetch' }),
      recorded: [{ key: 'db', tags: true, versionId: 'v1' }],
    } as const;
    expect(said(tags, db)).toBe(`AWS holds other tags of "db" than were taken; refreshPolicy OnChange takes them when ${changed}`);
    const zero = { spec: { secretStoreRef: { name: 's' }, refreshInterval: '0s' } };
    expect(said(zero, db)).toContain(`; refreshInterval 0s takes it when ${changed}`);
    const once: Partial<Subject> = {
      refresh: { kind: 'CreatedOnce' },
      spec: { secretStoreRef: { name: 's' }, refreshPolicy: 'CreatedOnce' },
    };
    expect(said(once, db)).toContain('; refreshPolicy CreatedOnce takes it when the annotation keytender.dev/force-sync gets a new value');
  });

  it('is nothing for what is refreshed, holds what is there, or is not known to be otherwise', () => {
    expect(said({ refresh: { kind: 'Periodic', interval: ms(60_000) } }, { db: at('v2') })).toBeUndefined();
    expect(said({}, { db: at('v1'), api: at('v1') })).toBeUndefined();
    expect(said({}, { db: denied })).toBeUndefined();
    expect(said({ recorded: [] }, { db: at('v2') })).toBeUndefined();
  });

  it('tells the stages of one secret apart, so that it goes with the one that it was said of', () => {
    const stages = ['AWSCURRENT', 'AWSPREVIOUS'] as const;
    const both: Partial<Subject> = {
      entries: entriesOf({ key: 'db' }, { key: 'db', version: 'AWSPREVIOUS' }),
      recorded: stages.map((stage) => ({ key: 'db', stage, versionId: 'v1' })),
    };
    const ofStages = (observed: Partial<Record<string, Observation>>, before?: string): string | undefined => {
      const conditions =
        before === undefined
          ? []
          : [{ type: 'UpToDate', status: 'False', reason: 'ChangePending', lastTransitionTime: '', message: before } as const];
      const facts = subject({ ...two, ...both, status: { ...statusOf('SecretSynced'), conditions } });
      return pendingChange(facts, ({ reference: { version } }) => observed[version.kind === 'stage' ? version.stage : ''] ?? unknown);
    };
    const message = ofStages({ AWSCURRENT: at('v2') });
    expect(ofStages({ AWSCURRENT: at('v1') }, message)).toBeUndefined();
    expect(ofStages({}, message)).toBe(message);
    expect(ofStages({ AWSPREVIOUS: at('v2') })).toContain('another version of "db" (AWSPREVIOUS) than was taken');
  });

  it('stays as it was said while nobody has seen otherwise, and goes when somebody has', () => {
    const [db, api] = [said({}, { db: at('v2') }), said({}, { api: at('v2') })];
    expect(said({}, {}, api)).toBe(api);
    expect(said({}, { db: denied, api: denied }, api)).toBe(api);
    expect(said({}, { db: at('v2'), api: at('v3') }, api)).toBe(api);
    expect(said({}, { db: at('v2'), api: at('v1') }, api)).toBe(db);
    expect(said({}, { api: at('v1') }, api)).toBeUndefined();
    expect(said({ entries: entriesOf({ key: 'db' }) }, {}, api)).toBeUndefined();
  });
});
