import { describe, expect, it } from '@jest/globals';
import { planRecord, type Present } from '../../../src/apply/plan-record.ts';
import { contentId, key, otherKey, request } from './requests.ts';

const gone: Present = { live: undefined, before: undefined, records: new Map() };
const wanted = request({ values: { password: 'one' } });
const content = planRecord(gone, wanted).content;
const AGO = '2025-12-01T00:00:00.000Z';

describe('planRecord, when the Secret is gone or was never there', () => {
  it('knows no change for the first content', () => {
    expect(planRecord(gone, wanted)).not.toHaveProperty('changedAt');
  });

  it('keeps the time of the last change when the same content comes again', () => {
    const again = planRecord(gone, { ...wanted, former: { content, changedAt: AGO } });
    expect(again).toMatchObject({ content, changedAt: AGO });
    expect(planRecord(gone, { ...wanted, former: { content } }).changedAt).toBeUndefined();
  });

  it('counts other content than the status says as a change, as after a crash in the middle of a recreation', () => {
    const other = planRecord(gone, request({ values: { password: 'two' } })).content;
    expect(planRecord(gone, { ...wanted, former: { content: other, changedAt: AGO } })).toMatchObject({
      content,
      changedAt: wanted.now,
    });
  });

  it('keeps content and time when the digest key is another one, by the digest under that or by the versions', () => {
    const under = (digestKey: typeof key) => planRecord(gone, { ...wanted, key: digestKey }).content;
    const lost = { ...wanted, key: otherKey };
    const kept = { content, changedAt: AGO, digest: under(otherKey) };
    expect(planRecord(gone, { ...lost, former: { content, changedAt: AGO, digest: under(otherKey) } })).toMatchObject(kept);
    expect(planRecord(gone, { ...lost, former: { content, changedAt: AGO, sources: wanted.sources } })).toMatchObject(kept);
    const former = { content, changedAt: AGO, sources: [{ key: 'production/database', stage: 'AWSCURRENT', versionId: 'v0' }] };
    expect(planRecord(gone, { ...lost, former })).toMatchObject({ content: under(otherKey), changedAt: wanted.now });
  });

  it('tells equal versions of two stores apart', () => {
    const [source] = wanted.sources;
    const sources = [source!, { ...source!, store: 'SecretStore/other', versionId: 'v2' }];
    const lost = (former: typeof sources) =>
      planRecord(gone, { ...wanted, sources, key: otherKey, former: { content, changedAt: AGO, sources: former } });
    expect(lost([...sources].reverse())).toMatchObject({ content, changedAt: AGO });
    const swapped = [
      { ...source!, versionId: 'v2' },
      { ...source!, store: 'SecretStore/other' },
    ];
    expect(lost(swapped).changedAt).toBe(wanted.now);
  });

  it('says nothing of a change when the digest key is another one and nothing else is known', () => {
    const lost = { ...wanted, key: otherKey, former: { content, changedAt: AGO } };
    expect(planRecord(gone, lost)).not.toHaveProperty('changedAt');
    expect(planRecord(gone, { ...wanted, former: { content: contentId('edited') } })).not.toHaveProperty('changedAt');
  });
});

describe('planRecord', () => {
  it('records what has to be taken back later, in one order', () => {
    const record = planRecord(
      gone,
      request({ values: { b: '2', a: '1' }, labels: { y: '', x: '' }, annotations: { z: '' } }, { policy: 'Merge' }),
    );
    expect(record).toMatchObject({ keys: ['a', 'b'], labels: ['x', 'y'], annotations: ['z'], writer: 'orders', inputs: 'inputs-1' });
    expect(record.content.startsWith(`${key.id}:`)).toBe(true);
    expect(planRecord(gone, wanted)).not.toHaveProperty('keys');
  });
});
