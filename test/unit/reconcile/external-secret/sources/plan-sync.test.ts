import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../../src/failure/failure.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { syncNeed } from '../../../../../src/reconcile/external-secret/sources/plan-sync.ts';
import type { Subject } from '../../../../../src/reconcile/external-secret/subject.ts';
import type { Observation } from '../../../../../src/source/port.ts';
import { record, statusOf, subject } from '../subjects.ts';

const unknown: Observation = { kind: 'unknown' };
const at = (versionId: string): Observation => ({ kind: 'version', versionId });
const denied: Observation = { kind: 'failed', failure: failure('AccessDenied', 'no'), since: ms(0) };
const need = (facts: Parameters<typeof subject>[0] = {}, observed: Observation = unknown) => syncNeed(subject(facts), () => observed);

const noNeed = { kind: 'none' };
const read = (maxAge: number) => ({ kind: 'read', maxAge });

describe('syncNeed', () => {
  it('asks nothing while record, status and what is known agree', () => {
    expect(need()).toEqual(noNeed);
    expect(need({}, at('v1'))).toEqual(noNeed);
  });

  it.each<[string, Parameters<typeof subject>[0]]>([
    ['no Secret of ours', { held: undefined }],
    ['a Secret that somebody has changed', { held: { record, intact: false } }],
    ['another specification or store', { inputs: 'others' }],
    ['other metadata than wanted', { shapeHolds: false }],
    ['a status that says nothing yet', { status: {} }],
    ['a status of another generation', { generation: 4 }],
    ['a status that tells of a failure', { status: statusOf('AccessDenied') }],
    ['a status that tells of other content', { status: statusOf('SecretSynced', { content: 'k1:other' }) }],
    ['a status from before another policy', { status: statusOf('Validated') }],
  ])('reads for %s', (_name, facts) => {
    expect(need(facts)).toEqual(read(60_000));
  });

  it('reads when the engine knows better, but only what is refreshed', () => {
    for (const observed of [at('v2'), denied]) {
      expect(need({}, observed)).toEqual(read(60_000));
      expect(need({ refresh: { kind: 'OnChange' } }, observed)).toEqual(noNeed);
    }
  });

  it('looks at nothing but the Secret itself once it was created, when asked to create it once', () => {
    const once: Partial<Subject> = { refresh: { kind: 'CreatedOnce' } };
    expect(need({ ...once, inputs: 'others', shapeHolds: false, generation: 9 }, at('v2'))).toEqual(noNeed);
    expect(need({ ...once, held: undefined })).toEqual(read(10_000));
  });

  it.each(['NotListed', 'MemoryShareExceeded'])(
    'takes nothing that a policy keeps back because it was held back for a while: %s',
    (reason) => {
      const status = statusOf(reason);
      for (const kind of ['OnChange', 'CreatedOnce'] as const) expect(need({ status, refresh: { kind } })).toEqual(noNeed);
      expect(need({ status, refresh: { kind: 'OnChange' }, inputs: 'others' })).toEqual(read(10_000));
      expect(need({ status })).toEqual(read(60_000));
    },
  );

  it('needs no Secret with creationPolicy None', () => {
    const none = { policy: 'None' as const, held: undefined, status: statusOf('Validated') };
    expect(need(none, at('v1'))).toEqual(noNeed);
    expect(need(none, at('v2'))).toEqual(read(60_000));
    expect(need({ ...none, status: statusOf('SecretSynced') })).toEqual(read(60_000));
  });

  it('reads past everything when it is forced', () => {
    expect(need({ forceSync: 'now', forceDue: true })).toEqual(read(0));
    expect(need({ forceSync: 'now' })).toEqual(noNeed);
  });
});
