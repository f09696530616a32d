import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject, ExternalSecretStatus } from '../../../src/api/external-secret.ts';
import { createClusterView } from '../../../src/app/cluster-view.ts';
import { syncProbe } from '../../../src/app/telemetry.ts';
import { type Ms, ms } from '../../../src/base/clock.ts';
import { type Key, keyOf } from '../../../src/base/key.ts';
import type { Freshness } from '../../../src/source/freshness.ts';
import { object } from '../resolve/entries.ts';

const MINUTE = 60_000;

function probe(
  statuses: Readonly<Record<string, ExternalSecretStatus | undefined>>,
  engine: () => { startedAt: Ms; freshness(key: Key): Freshness | undefined } | undefined = () => undefined,
) {
  const view = createClusterView();
  const resources = Object.entries(statuses).map(([name, status]): ExternalSecretObject => ({
    ...object('ExternalSecret', name, 'team'),
    spec: {},
    ...(status && { status }),
  }));
  view.externalSecrets.replace(resources);
  return syncProbe(view, engine);
}

const ready = (reason: string): ExternalSecretStatus => ({
  conditions: [{ type: 'Ready', status: 'True', reason, message: '', lastTransitionTime: '' }],
});
const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

describe('syncProbe', () => {
  it('gives the reason of each resource, and Pending for one that has none', () => {
    const reasons = [...probe({ a: ready('SecretSynced'), b: ready('AccessDenied'), c: {}, d: undefined }).readyReasons()];
    expect(reasons).toEqual(['SecretSynced', 'AccessDenied', 'Pending', 'Pending']);
  });

  it('gives the conditions of stores that are False, by kind', () => {
    const view = createClusterView();
    const store = (
      kind: string,
      name: string,
      conditions: readonly (readonly [type: string, status: 'True' | 'False', reason: string])[],
    ) => ({
      ...object(kind, name, kind === 'SecretStore' ? 'team' : ''),
      spec: {},
      status: { conditions: conditions.map(([type, status, reason]) => ({ type, status, reason, message: '', lastTransitionTime: '' })) },
    });
    view.secretStores.replace([
      store('SecretStore', 'well', [['Ready', 'True', 'StoreValid']]),
      store('SecretStore', 'away', [
        ['Ready', 'True', 'StoreValid'],
        ['Available', 'False', 'AWSUnavailable'],
      ]),
      { ...object('SecretStore', 'new', 'team'), spec: {} },
    ]);
    view.clusterSecretStores.replace([store('ClusterSecretStore', 'keyless', [['Ready', 'False', 'CredentialsMissing']])]);
    expect([...syncProbe(view, () => undefined).failingStores()]).toEqual([
      { kind: 'SecretStore', condition: 'Available', reason: 'AWSUnavailable' },
      { kind: 'ClusterSecretStore', condition: 'Ready', reason: 'CredentialsMissing' },
    ]);
  });

  const well = { ...ready('SecretSynced'), refreshTime: ago(9 * MINUTE) };

  it('gives the age of what this process has confirmed, and counts the others that are to be refreshed', () => {
    const known = new Map<Key, Freshness>([
      [keyOf('team', 'confirmed'), ms(Date.now() - MINUTE)],
      [keyOf('team', 'ahead'), ms(Date.now() + MINUTE)],
      [keyOf('team', 'asked'), 'unconfirmed'],
      [keyOf('team', 'pinned'), 'unrefreshed'],
    ]);
    const statuses = { confirmed: well, ahead: well, asked: well, pinned: well, new: undefined };
    const found = probe(statuses, () => ({ startedAt: ms(0), freshness: (key) => known.get(key) }));
    expect([...found.successAges()].map(({ name, seconds }) => [name, Math.round(seconds / 10) * 10])).toEqual([
      ['confirmed', 60],
      ['ahead', 0],
    ]);
    expect(found.unconfirmed()).toBe(2);
  });

  it('gives no age and counts nothing where this process does not lead', () => {
    const found = probe({ a: well, b: { ...ready('AccessDenied'), refreshTime: ago(MINUTE) }, c: undefined });
    expect([[...found.successAges()], found.unconfirmed()]).toEqual([[], 0]);
  });
});
