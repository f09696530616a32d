import { describe, expect, it } from '@jest/globals';
import { failed, ok } from '../../../../src/base/result.ts';
import { createEventRecorder, type EventWriteResult } from '../../../../src/kube/event-recorder/events.ts';
import type { EventRecord, KubeFailure, KubeWriter } from '../../../../src/kube/port.ts';
import { QueuedEvents } from '../../../../src/kube/event-recorder/queued-events.ts';
import { collectGarbage } from '../../../support/collect-garbage.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

const MINUTE = 60_000;

interface Written {
  readonly verb: 'create' | 'patch';
  readonly namespace: string;
  readonly name: string;
  readonly body: Record<string, unknown>;
}

function record(extra: Partial<EventRecord> = {}, name = 'db', namespace: string | undefined = 'team-a'): EventRecord {
  const metadata = { name, uid: `uid-${name}`, ...(namespace === undefined ? {} : { namespace }) };
  return {
    regarding: { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', metadata },
    type: 'Normal',
    reason: 'Synced',
    note: 'n',
    action: 'Sync',
    ...extra,
  };
}

function setUp(answer: (written: Written, signal: AbortSignal) => Promise<KubeFailure | undefined> = () => Promise.resolve(undefined)) {
  const clock = new FakeClock();
  const writes: Written[] = [];
  const results: (EventWriteResult | KubeFailure['kind'])[] = [];
  const write = async (written: Written, signal: AbortSignal) => {
    writes.push(written);
    const failure = await answer(written, signal);
    return failure === undefined ? ok({} as never) : failed(failure);
  };
  const writer: Pick<KubeWriter, 'create' | 'mergePatch'> = {
    create: (_type, namespace, body, signal) => {
      const { metadata } = body as { metadata: { name: string } };
      return write({ verb: 'create', namespace, name: metadata.name, body: body as Record<string, unknown> }, signal);
    },
    mergePatch: (_type, name, body, signal) => write({ verb: 'patch', ...name, body: body as Record<string, unknown> }, signal),
  };
  const stop = new AbortController();
  const onResult = (result: EventWriteResult, failure?: KubeFailure): void => void results.push(failure?.kind ?? result);
  const recorder = createEventRecorder({ writer, clock, controller: 'keytender.dev/keytender', instance: 'pod-1', onResult });
  return { clock, writes, results, recorder, stop };
}

describe('event recorder', () => {
  it('writes an Event with all that the API asks for', async () => {
    const { recorder, writes, stop } = setUp();
    const run = recorder.run(stop.signal);
    recorder.record(record());
    await settle();
    stop.abort();
    await run;
    expect(writes).toHaveLength(1);
    expect(writes[0]!.name).toMatch(/^db\.[0-9a-f]{16}$/);
    expect(writes[0]!.body).toEqual({
      metadata: { name: writes[0]!.name, namespace: 'team-a' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'keytender.dev/keytender',
      reportingInstance: 'pod-1',
      action: 'Sync',
      reason: 'Synced',
      type: 'Normal',
      note: 'n',
      regarding: { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'db', namespace: 'team-a', uid: 'uid-db' },
    });
  });

  it('puts Events about cluster-scoped objects into the namespace default', async () => {
    const { recorder, writes, stop } = setUp();
    stop.abort();
    recorder.record({
      ...record(),
      regarding: { apiVersion: 'keytender.dev/v1', kind: 'ClusterSecretStore', metadata: { name: 's', uid: 'u' } },
    });
    await recorder.run(stop.signal);
    expect(writes[0]).toMatchObject({ namespace: 'default', body: { regarding: { kind: 'ClusterSecretStore', name: 's' } } });
  });

  it('counts repeats in one Event, writes the count at most every five minutes and at the end', async () => {
    const { recorder, writes, stop, clock, results } = setUp();
    const run = recorder.run(stop.signal);
    for (let minute = 0; minute <= 6; minute += 1) {
      recorder.record(record());
      await clock.advance(MINUTE);
    }
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'patch']);
    expect(writes[1]).toMatchObject({
      name: writes[0]!.name,
      body: { series: { count: 6, lastObservedTime: '2026-01-01T00:05:00.000000Z' } },
    });
    stop.abort();
    await run;
    expect(writes[2]).toMatchObject({ verb: 'patch', name: writes[0]!.name, body: { series: { count: 7 } } });
    expect(results.filter((result) => result === 'counted')).toHaveLength(5);
  });

  it('begins a new Event for another note and after a pause of more than ten minutes', async () => {
    const { recorder, writes, stop, clock } = setUp();
    const run = recorder.run(stop.signal);
    recorder.record(record());
    recorder.record(record({ note: 'other' }));
    await clock.advance(11 * MINUTE);
    recorder.record(record());
    await settle();
    stop.abort();
    await run;
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'create', 'create']);
    expect(new Set(writes.map(({ name }) => name)).size).toBe(3);
  });

  it('lets one object cause 25 at once and then one in five minutes, without holding up others', async () => {
    const { recorder, writes, results, stop, clock } = setUp();
    const run = recorder.run(stop.signal);
    for (let count = 0; count < 40; count += 1) recorder.record(record({ note: `note ${count}` }));
    recorder.record(record({}, 'another'));
    await clock.advance(5 * MINUTE);
    expect(writes).toHaveLength(26);
    expect(results.filter((result) => result === 'limited')).toHaveLength(15);
    recorder.record(record({ note: 'later' }));
    recorder.record(record({ note: 'too soon' }));
    await settle();
    expect(writes.map(({ body }) => body['note'])).toContain('later');
    expect(writes.map(({ body }) => body['note'])).not.toContain('too soon');
    stop.abort();
    await run;
  });

  it('reports a failed write and goes on; the next of its kind is a new Event', async () => {
    let fail = true;
    const { recorder, writes, results, stop } = setUp(() =>
      Promise.resolve(fail ? { kind: 'forbidden', status: 403, message: 'm' } : undefined),
    );
    const run = recorder.run(stop.signal);
    recorder.record(record());
    await settle();
    fail = false;
    recorder.record(record());
    await settle();
    stop.abort();
    await run;
    expect(results).toEqual(['forbidden', 'written']);
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'create']);
  });

  it('holds nothing of the object that an Event is about but its name', async () => {
    const { recorder, stop } = setUp();
    const run = recorder.run(stop.signal);
    const objects: WeakRef<object>[] = [];
    (() => {
      const event = record();
      const regarding = { ...event.regarding, status: { large: true } };
      objects.push(new WeakRef(regarding.status));
      recorder.record({ ...event, regarding });
    })();
    await settle();
    await settle();
    collectGarbage();
    expect(objects.map((object) => object.deref())).toEqual([undefined]);
    stop.abort();
    await run;
  });

  it('bounds its queue while nothing can be written', () => {
    const { recorder, results } = setUp();
    for (let count = 0; count < 300; count += 1) recorder.record(record({ note: `note ${count}` }));
    expect(results).toEqual(Array.from({ length: 50 }, () => 'overflow'));
  });

  it('writes the Event of a namespace after one of another that has hundreds', async () => {
    const { recorder, writes, stop } = setUp();
    for (let count = 0; count < 300; count += 1) recorder.record(record({ type: 'Warning' }, `db-${count}`, 'loud'));
    recorder.record(record({ type: 'Warning' }, 'db', 'quiet'));
    stop.abort();
    await recorder.run(stop.signal);
    expect(writes.slice(0, 2).map(({ namespace }) => namespace)).toEqual(['loud', 'quiet']);
  });

  it('makes room for a namespace with few where others have filled all places', () => {
    const { recorder, results } = setUp();
    for (let loud = 0; loud < 8; loud += 1) {
      for (let count = 0; count < 250; count += 1) recorder.record(record({ note: `note ${count}` }, 'db', `loud-${loud}`));
    }
    expect(results).toEqual([]);
    const queue = new QueuedEvents();
    for (let loud = 0; loud < 2_000; loud += 1) queue.add({ event: record({}, 'db', `loud-${loud % 8}`), name: `${loud}` });
    expect([queue.add({ event: record({}, 'db', 'quiet'), name: 'quiet' }), queue.size]).toEqual([1, 2_000]);
    const names = Array.from({ length: 9 }, () => {
      const next = queue.next()!;
      queue.remove(next);
      return next.event.regarding.metadata.namespace;
    });
    expect(names).toContain('quiet');
  });

  it('tells what is no warning of a namespace although another has used up what all may tell', async () => {
    const { recorder, writes, stop } = setUp();
    const run = recorder.run(stop.signal);
    for (let count = 0; count < 100; count += 1) recorder.record(record({}, `db-${count}`, 'loud'));
    while (writes.length < 53) await settle();
    for (let count = 0; count < 5; count += 1) recorder.record(record({}, `other-${count}`, 'quiet'));
    stop.abort();
    await run;
    expect(writes.filter(({ namespace }) => namespace === 'quiet')).toHaveLength(3);
    expect(writes.filter(({ namespace }) => namespace === 'loud')).toHaveLength(53);
  });

  it('writes what an abort cut off when it is flushed, and takes "exists already" for written', async () => {
    const { recorder, writes, results, stop } = setUp((_written, signal) =>
      signal === stop.signal
        ? new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error));
          })
        : Promise.resolve({ kind: 'already-exists', status: 409, message: 'm' }),
    );
    const run = recorder.run(stop.signal);
    recorder.record(record());
    await settle();
    stop.abort();
    await run;
    expect(writes.map(({ name }) => name)).toEqual([writes[0]!.name, writes[0]!.name]);
    expect(results).toEqual(['written']);
  });

  it('cuts long names and notes to what the API takes, between characters', async () => {
    const { recorder, writes, stop } = setUp();
    recorder.record(record({ note: '🔑'.repeat(1_000) }, `${'a'.repeat(235)}-.-${'b'.repeat(15)}`));
    stop.abort();
    await recorder.run(stop.signal);
    const note = String(writes[0]!.body['note']);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
    expect(note).toMatch(/^(?:🔑)+…$/u);
    expect(writes[0]!.name).toMatch(/^a{235}\.[0-9a-f]{16}$/);
  });
});
