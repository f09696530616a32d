import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject, ExternalSecretStatus } from '../../../src/api/external-secret.ts';
import { createClusterView } from '../../../src/app/cluster-view.ts';
import { syncProbe } from '../../../src/app/telemetry.ts';
import { object } from '../resolve/entries.ts';

const MINUTE = 60_000;

function probe(statuses: Readonly<Record<string, ExternalSecretStatus | undefined>>, confirmed: Readonly<Record<string, number>> = {}) {
  const view = createClusterView();
  const resources = Object.entries(statuses).map(([name, status]): ExternalSecretObject => ({
    ...object('ExternalSecret', name, 'team'),
    spec: {},
    ...(status && { status }),
  }));
  view.externalSecrets.replace(resources);
  return syncProbe(view, (_namespace, name) => confirmed[name]);
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

  it('gives the age of the last success by the engine, else by the status, and nothing for what never succeeded', () => {
    const statuses = {
      confirmed: { content: 'x', refreshTime: ago(9 * MINUTE) },
      reported: { content: 'x', refreshTime: ago(5 * MINUTE) },
      failed: { refreshTime: ago(MINUTE) },
      ahead: { content: 'x', refreshTime: ago(-MINUTE) },
    };
    const ages = [...probe(statuses, { confirmed: Date.now() - MINUTE }).successAges()].map(({ seconds }) => Math.round(seconds / 10) * 10);
    expect(ages).toEqual([60, 300, 0]);
  });
});
