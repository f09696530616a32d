import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject } from '../../../../src/api/schema/external-secret.ts';
import type { ExternalSecretStatus } from '../../../../src/api/schema/external-secret-status.ts';
import { confirmationOf, freshnessResponse } from '../../../../src/view/freshness/freshness.ts';
import { ageOfExternalSecret, rowOf } from '../../../../src/view/freshness/sync-rows.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { keyOf } from '../../../../src/base/key.ts';
import type { Freshness } from '../../../../src/source/references/dependant-freshness.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { object } from '../../resolve/entries.ts';
import type { DependantKey } from '../../../../src/source/port.ts';
import { dependantKey } from '../../../../src/source/references/dependant.ts';

const CONTROLLER = 'externalsecrets.keytender.dev';
const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const ago = (minutes: number): string => new Date(NOW - minutes * MINUTE).toISOString();

/** `since`: minutes ago that Ready became what it is; `told`: minutes ago of refreshTime. */
function statusOf(ready: 'True' | 'False', since: number, told?: number): ExternalSecretStatus {
  const reason = ready === 'True' ? 'SecretSynced' : 'AccessDenied';
  const condition = { type: 'Ready', status: ready, reason, message: '', lastTransitionTime: ago(since) } as const;
  return { conditions: [condition], ...(told === undefined ? {} : { refreshTime: ago(told) }) };
}

function resource(namespace: string, name: string, status?: ExternalSecretStatus, spec: object = {}): ExternalSecretObject {
  return { ...object('ExternalSecret', name, namespace), spec, ...(status && { status }) };
}

/** Minutes ago that the engine began. */
const STARTED = 40;

/** `known` (by name): what the engine says. */
function engineOf(known: Readonly<Record<string, Freshness>>) {
  const byKey = new Map(Object.entries(known).map(([name, freshness]) => [dependantKey(CONTROLLER, keyOf('a', name)), freshness]));
  return () => ({ startedAt: ms(NOW - STARTED * MINUTE), freshness: (dependant: DependantKey) => byKey.get(dependant) });
}

const well = statusOf('True', 99, 90);
const minutesAgo = (minutes: number): Freshness => ms(NOW - minutes * MINUTE);

describe('the confirmation of a resource', () => {
  /** State, age in minutes and where it is from. */
  const found = (status?: ExternalSecretStatus, known?: Freshness, spec: object = {}) => {
    const engine = engineOf(known === undefined ? {} : { x: known });
    const one = confirmationOf(rowOf(CONTROLLER, resource('a', 'x', status, spec), ageOfExternalSecret), engine());
    return [one.state, one.at === undefined ? undefined : (NOW - one.at) / MINUTE, one.from];
  };

  it('is what this process has heard from AWS, whatever the status tells of earlier processes', () => {
    expect(found(well, minutesAgo(1))).toEqual(['confirmed', 1, 'AWS']);
    expect(found(well, 'unconfirmed')).toEqual(['unconfirmed', 90, 'status']);
    expect(found(well)).toEqual(['unconfirmed', 90, 'status']);
    expect(found()).toEqual(['unconfirmed', undefined, undefined]);
  });

  it.each<[string, object]>([
    ['OnChange', { refreshPolicy: 'OnChange' }],
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce', refreshInterval: '1m' }],
    ['an interval of 0', { refreshInterval: '0' }],
    ['suspend', { suspend: true }],
  ])('counts for nothing with %s', (_what, spec) => {
    expect(found(well, undefined, spec)).toEqual(['unrefreshed', 90, 'status']);
    expect(found(well, 'unrefreshed', spec)).toEqual(['unrefreshed', 90, 'status']);
    expect(found(statusOf('False', 5, 90), 'unconfirmed', spec)).toEqual(['unrefreshed', 90, 'status']);
  });

  it('counts for nothing where all versions are pinned', () => {
    expect(found(well, 'unrefreshed')).toEqual(['unrefreshed', 90, 'status']);
  });

  it('of a failing one is the last success', () => {
    // It cannot be read: AWS was last heard before.
    expect(found(statusOf('False', 5, 90), minutesAgo(6))).toEqual(['failing', 6, 'AWS']);
    // It is read, and what is read cannot be used.
    expect(found(statusOf('False', 5, 90), minutesAgo(1))).toEqual(['failing', 5, 'status']);
    // It went no further than its store, which has ended what was heard before, or another process has seen it fail.
    expect(found(statusOf('False', 5, 90))).toEqual(['failing', 5, 'status']);
    expect(found(statusOf('False', STARTED + 5, 90))).toEqual(['failing', STARTED + 5, 'status']);
    expect(found(statusOf('False', STARTED + 5, 90), 'unconfirmed')).toEqual(['failing', STARTED + 5, 'status']);
  });

  it('of one that fails since this process began, which has heard nothing of it, is what the status tells', () => {
    // Nobody was there before: that it was well until then nobody has seen.
    expect(found(statusOf('False', 3, 600), 'unconfirmed')).toEqual(['failing', 600, 'status']);
    expect(found(statusOf('False', STARTED - 1, 600))).toEqual(['failing', 600, 'status']);
    // Statuses tell whole seconds.
    expect(found(statusOf('False', STARTED + 0.01, 600))).toEqual(['failing', 600, 'status']);
    expect(found(statusOf('False', 2, 600), minutesAgo(3))).toEqual(['failing', 3, 'AWS']);
  });

  it('is open while there was no success', () => {
    expect(found(statusOf('False', 5), minutesAgo(1))).toEqual(['unconfirmed', undefined, undefined]);
  });
});

describe('/debug/freshness', () => {
  const work = new TimeSlices().worker('');
  const rows = [
    resource('a', 'fresh', well),
    resource('a', 'never'),
    resource('b', 'stale', statusOf('False', 60, 90)),
    resource('b', 'next', well),
  ].map((one) => rowOf(CONTROLLER, one, ageOfExternalSecret));
  const ask = async (query: string): Promise<readonly object[]> => {
    const { status, body } = await freshnessResponse(rows, engineOf({ fresh: ms(NOW - 5_000) }), new URLSearchParams(query), NOW, work);
    expect(status).toBe(200);
    return body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as object);
  };

  it('tells when AWS last confirmed each ExternalSecret and where that is known from, the stalest first', async () => {
    expect(await ask('')).toEqual([
      { resource: CONTROLLER, namespace: 'a', name: 'never', reason: 'Pending', state: 'unconfirmed' },
      {
        resource: CONTROLLER,
        namespace: 'b',
        name: 'next',
        reason: 'SecretSynced',
        state: 'unconfirmed',
        from: 'status',
        confirmedAt: ago(90),
        ageSeconds: 5_400,
      },
      {
        resource: CONTROLLER,
        namespace: 'b',
        name: 'stale',
        reason: 'AccessDenied',
        state: 'failing',
        from: 'status',
        confirmedAt: ago(60),
        ageSeconds: 3_600,
      },
      {
        resource: CONTROLLER,
        namespace: 'a',
        name: 'fresh',
        reason: 'SecretSynced',
        state: 'confirmed',
        from: 'AWS',
        confirmedAt: '2025-12-31T23:59:55.000Z',
        ageSeconds: 5,
      },
    ]);
  });

  it.each([
    ['namespace=a', ['never', 'fresh']],
    ['namespace=a&name=fresh', ['fresh']],
    ['name=nobody', []],
  ])('can be asked for %s', async (query, names) => {
    expect((await ask(query)).map((one) => (one as { name: string }).name)).toEqual(names);
  });

  it('is answered by the leader only, and others say so', async () => {
    const { status, body } = await freshnessResponse(rows, () => undefined, new URLSearchParams(), NOW, work);
    expect([status, body]).toEqual([503, expect.stringContaining('does not lead')]);
  });
});
