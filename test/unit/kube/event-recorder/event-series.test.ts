import { describe, expect, it } from '@jest/globals';
import { EventSeries } from '../../../../src/kube/event-recorder/event-series.ts';
import type { EventRecord } from '../../../../src/kube/port.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const MINUTE = 60_000;

function about(uid: string, note = 'n', type: EventRecord['type'] = 'Warning'): EventRecord {
  const regarding = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', metadata: { name: uid, namespace: 'team', uid } };
  return { regarding, type, reason: 'Told', note, action: 'Write' };
}

describe('EventSeries', () => {
  it('forgets series that have ended and objects that may cause as many as ever, at the next event', async () => {
    const clock = new FakeClock();
    const series = new EventSeries(clock);
    for (let index = 0; index < 1_000; index += 1) series.decide(about(`u${index}`), 'e');
    expect(series.size).toBe(2_000);
    await clock.advance(4 * MINUTE);
    series.decide(about('late'), 'e');
    expect(series.size).toBe(2_002);
    await clock.advance(7 * MINUTE);
    series.decide(about('next'), 'e');
    // Of the first thousand nothing is left; the late one's object has its twenty-five again, its series goes on.
    expect(series.size).toBe(1 + 2);
  });

  it('goes on to limit an object that has caused too many', async () => {
    const clock = new FakeClock();
    const series = new EventSeries(clock);
    for (let index = 0; index < 25; index += 1) expect(series.decide(about('u', `n${index}`), 'e').kind).toBe('create');
    await clock.advance(4 * MINUTE);
    expect(series.decide(about('u', 'one more'), 'e').kind).toBe('limited');
  });

  it('tells of a few objects where thousands do the same at once, one a second from then on, and of every warning', async () => {
    const clock = new FakeClock();
    const series = new EventSeries(clock);
    const created = (from: number, count: number): number =>
      Array.from({ length: count }, (_, index) => series.decide(about(`u${from + index}`, 'created', 'Normal'), 'e')).filter(
        ({ kind }) => kind === 'create',
      ).length;
    // Of all together, and what the one namespace may cause beside.
    expect(created(0, 5_000)).toBe(50 + 3);
    expect(series.size).toBe(2 * 53 + 1);
    expect(series.decide(about('u1', 'failed'), 'e').kind).toBe('create');
    await clock.advance(10_000);
    expect(created(5_000, 100)).toBe(10);
    await clock.advance(MINUTE);
    expect(created(6_000, 100)).toBe(50 + 1);
  });

  it('remembers no more than a bounded number', () => {
    const series = new EventSeries(new FakeClock());
    for (let index = 0; index < 6_000; index += 1) series.decide(about(`u${index}`), 'e');
    expect(series.size).toBe(2 * 4_096);
  });
});
