// Reads for events of several namespaces: one namespace with many references neither holds the event loop nor delays the events of others.
import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../src/failure/failure.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { eventReferences } from '../../../../src/source/events/event-references.ts';
import { PendingReconciles } from '../../../../src/source/events/pending-reconciles.ts';
import { ReadLimits } from '../../../../src/source/events/read-limits.ts';
import { ReadQueue } from '../../../../src/source/events/read-queue.ts';
import { ReferenceReads } from '../../../../src/source/events/reference-reads.ts';
import type { RemoteReference } from '../../../../src/source/port.ts';
import { SourceBreakers } from '../../../../src/source/limits/breakers/source-breakers.ts';
import type { Change } from '../../../../src/source/references/change.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { Registry } from '../../../../src/source/references/registry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, dependantNamed, identityNamed, minutely } from '../engine-world.ts';
import { versionOf } from '../memory-secrets-manager.ts';

const HOUR = ms(3_600_000);
const parameters = { ...identityNamed('common'), service: 'ParameterStore' } as const;

function label(secretId: string, stage: string): RemoteReference {
  return { identity: parameters, secretId, version: { kind: 'stage', stage } };
}

function changeOf(name: string): Change {
  return { service: 'ParameterStore', name };
}

/** `/evil/x` has no label, so its reads fail. */
function world() {
  const clock = new FakeClock();
  const ignored = (): void => undefined;
  const breakers = new SourceBreakers({ clock, random: () => 0, onChange: ignored });
  const registry = new Registry({ clock, onChange: ignored, onDue: ignored, minInterval: ms(0) });
  const reads: string[] = [];
  const turns: string[] = [];
  /** References examined before each pause. */
  const steps: number[] = [];
  let examined = 0;
  const references = eventReferences({
    registry,
    breakers,
    invalidate: ignored,
    read: async ({ secretId }) => {
      reads.push(secretId);
      await clock.sleep(ms(20), new AbortController().signal);
      if (secretId.startsWith('/evil')) return { ok: false, failure: failure('RemoteSecretNotFound', 'no such label') };
      return { ok: true, value: versionOf(secretId, `v${reads.length}`, 0) };
    },
  });
  const line = new ReadQueue(clock);
  const follower = new ReferenceReads({
    clock,
    references: {
      ...references,
      candidatesFor: (change) =>
        Iterator.from(references.candidatesFor(change)).map((candidate) => {
          examined += 1;
          return candidate;
        }),
    },
    reconciles: new PendingReconciles([]),
    mayReceive: () => true,
    random: () => 0,
    onAnswer: ignored,
    onConcerned: ignored,
    line,
    slices: {
      worker: (group) => ({
        isUsedUp: true,
        checkpoint: async () => {
          turns.push(group);
          steps.push(examined);
          examined = 0;
          await Promise.resolve();
        },
      }),
    },
  });
  const end = new AbortController();
  const subscribe = (namespace: string, secretId: string, count: number): void => {
    const wanted = Array.from({ length: count }, (_, n) => ({ reference: label(secretId, `l${n}`), refreshInterval: HOUR }));
    registry.subscribe(dependantNamed(`${namespace}/${secretId.slice(1).replaceAll('/', '-')}`), wanted);
  };
  return { clock, registry, breakers, references, reads, turns, steps, follower, line, end, subscribe };
}

describe('an event about ten thousand references of one namespace', () => {
  it('is examined in small steps in the turn of the namespace, and the event of another is read at once', async () => {
    const { clock, reads, turns, steps, follower, end, subscribe } = world();
    subscribe('evil', '/evil/x', 10_000);
    subscribe('good', '/prod/db', 1);
    const many = follower.follow(changeOf('/evil/x'), end.signal);
    await clock.advance(500);
    const single = follower.follow(changeOf('/prod/db'), end.signal);
    await clock.advance(2_000);
    expect(await single).toBe('shown');
    expect([turns.length, new Set(turns), Math.max(...steps)]).toEqual([1_000, new Set(['evil']), 10]);
    expect(reads.filter((id) => id === '/evil/x').length).toBeLessThanOrEqual(120);
    await clock.advance(60_000);
    expect(await many).toBe('failed');
    expect([reads.filter((id) => id === '/evil/x').length, follower.size]).toEqual([100, 0]);
  });

  it('makes the refresh of some others earlier, two in a second for ten minutes', async () => {
    const { clock, registry, follower, end, subscribe } = world();
    subscribe('evil', '/evil/x', 10_000);
    // After a start, all are due soon.
    for (let n = 0; n < 10_000; n += 1) {
      const reference = label('/evil/x', `l${n}`);
      registry.record(
        { key: referenceKey(reference), reference },
        { outcome: { ok: true, value: versionOf('x', 'v1', 0) }, order: 1, age: ms(0), retryAt: () => 0 },
      );
    }
    void follower.follow(changeOf('/evil/x'), end.signal);
    await clock.advance(1);
    const earlier = Array.from({ length: 10_000 }, (_, n) => registry.find(referenceKey(label('/evil/x', `l${n}`)))).filter(
      (tracked) => tracked?.hasCatchUp === true,
    );
    expect(earlier.length).toBeGreaterThan(900);
    expect(earlier.length).toBeLessThanOrEqual(1_202);
    await clock.advance(60_000);
  });
});

it('events about many parameters of one namespace leave places for others, and end without a read', async () => {
  const { clock, follower, end, subscribe } = world();
  for (let n = 0; n < 1_200; n += 1) subscribe('evil', `/evil/${n}`, 1);
  subscribe('good', '/prod/db', 1);
  const results = Array.from({ length: 1_200 }, (_, n) => follower.follow(changeOf(`/evil/${n}`), end.signal));
  expect(follower.size).toBeLessThanOrEqual(800);
  const single = follower.follow(changeOf('/prod/db'), end.signal);
  await clock.advance(2_000);
  expect(await single).toBe('shown');
  await clock.advance(200_000);
  expect(new Set(await Promise.all(results))).toEqual(new Set(['failed', 'not-shown']));
});

it('reads that wait end with the reason of the signal', async () => {
  const { clock, follower, end, subscribe } = world();
  for (const n of [1, 2, 3]) subscribe('evil', `/evil/${n}`, 100);
  const results = [1, 2, 3].map((n) => follower.follow(changeOf(`/evil/${n}`), end.signal));
  await clock.advance(1_000);
  const settling = Promise.allSettled(results);
  end.abort(new DOMException('end', 'AbortError'));
  await clock.advance(1_000);
  const settled = await settling;
  expect(settled.some(({ status }) => status === 'rejected')).toBe(true);
  expect(follower.size).toBe(0);
});

it('a read that a breaker refuses is given back', async () => {
  const { clock, registry, breakers, follower, line, end } = world();
  const identity = identityNamed('down');
  const db = current('db', identity);
  const denied = { ok: false, failure: failure('AWSUnavailable', 'no usable answer') } as const;
  for (let call = 0; call < 20; call += 1) {
    await clock.advance(1_000);
    const keys = Array.from({ length: 10 }, (_, n) => referenceKey(current(`${call}-${n}`, identity)));
    breakers.recordCall(identity, new Map(keys.map((key) => [key, denied])), clock.monotonic(), new Set(['ns']));
  }
  registry.subscribe(dependantNamed('ns/db'), [minutely(db)]);
  for (let n = 0; n < 20; n += 1) {
    const result = follower.follow({ service: 'SecretsManager', name: 'db' }, end.signal);
    await clock.advance(600);
    expect(await result).toBe('failed');
  }
  expect(line.limits.waitForReference(referenceKey(db))).toBe(0);
});

it('namespaces share the reads, and one cannot take them all', () => {
  const limits = new ReadLimits(new FakeClock());
  const taken = (namespace: string): number => {
    let count = 0;
    while (limits.take(referenceKey(current(`${namespace}-${count}`)), namespace) === 0) count += 1;
    return count;
  };
  expect([taken('evil'), taken('good'), taken('third')]).toEqual([100, 100, 0]);
});
