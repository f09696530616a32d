import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject, ExternalSecretStatus } from '../../../src/api/external-secret.ts';
import { createClusterView } from '../../../src/app/cluster-view.ts';
import { freshnessAnswer } from '../../../src/app/freshness.ts';
import { object } from '../resolve/entries.ts';

const NOW = Date.UTC(2026, 0, 1);

function ask(query: string): readonly object[] {
  const view = createClusterView();
  const make = (namespace: string, name: string, status: ExternalSecretStatus): ExternalSecretObject => ({
    ...object('ExternalSecret', name, namespace),
    spec: {},
    status,
  });
  view.externalSecrets.replace([
    make('a', 'fresh', { content: 'x', refreshTime: '2020-01-01T00:00:00.000Z' }),
    make('a', 'never', {}),
    make('b', 'stale', { content: 'x', refreshTime: '2025-12-31T23:00:00.000Z' }),
  ]);
  const confirmedAt = (_namespace: string, name: string) => (name === 'fresh' ? NOW - 5_000 : undefined);
  const { status, body } = freshnessAnswer(view, confirmedAt, new URLSearchParams(query), NOW);
  expect(status).toBe(200);
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as object);
}

describe('/debug/freshness', () => {
  it('tells when AWS last confirmed each ExternalSecret, the stalest first', () => {
    expect(ask('')).toEqual([
      { namespace: 'a', name: 'never', reason: 'Pending' },
      { namespace: 'b', name: 'stale', reason: 'Pending', confirmedAt: '2025-12-31T23:00:00.000Z', ageSeconds: 3_600 },
      { namespace: 'a', name: 'fresh', reason: 'Pending', confirmedAt: '2025-12-31T23:59:55.000Z', ageSeconds: 5 },
    ]);
  });

  it.each([
    ['namespace=a', ['never', 'fresh']],
    ['namespace=a&name=fresh', ['fresh']],
    ['name=nobody', []],
  ])('can be asked for %s', (query, names) => {
    expect(ask(query).map((one) => (one as { name: string }).name)).toEqual(names);
  });
});
