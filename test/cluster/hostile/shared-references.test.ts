// A secret that two tenants read with the same identity: its refreshes are shared, and count for one of the namespaces.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest } from '@jest/globals';
import { holdAgainst, type HostileInput } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import { REFRESH_INTERVAL_MS, ROTATED_KEY } from '../../support/hostile/rotations.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { readsOf } from '../../support/operator/waits.ts';

jest.setTimeout(300_000);

const WATCHED_MS = 40_000;
const SECRETS = 600;
const EACH = 300;

/** Reads of the shared secret per minute while all namespaces are busy. */
async function readsPerMinute(attacker: Scene): Promise<number> {
  const before = readsOf(attacker, ROTATED_KEY);
  await sleep(WATCHED_MS);
  return ((readsOf(attacker, ROTATED_KEY) - before) * 60_000) / WATCHED_MS;
}

/** The attacker subscribes first, with `namespaces` namespaces and the same interval, and then has more to refresh in each than a namespace may. */
function busySubscribers(namespaces: number): HostileInput {
  let perMinute = 0;
  return {
    name: `${namespaces} namespaces that subscribe first to a secret of the other tenant, each with ${SECRETS} further secrets that are read one by one`,
    sharedStore: true,
    rotates: true,
    namespaces,
    restart: false,
    before: async ({ namespace }, further) => {
      const secretStoreRef = { kind: 'ClusterSecretStore', name: namespace };
      const data = [{ secretKey: 'value', remoteRef: { key: ROTATED_KEY } }];
      for (const objects of further) {
        await objects.externalSecret('shared', { secretStoreRef, refreshInterval: '5s', data });
        await objects.untilReason('shared', 'RemoteSecretNotFound');
      }
    },
    plant: async (attacker, _tenant, further) => {
      const secrets = attacker.aws.secrets();
      await many(further.length * (SECRETS / EACH), async (index) => {
        const keys = Array.from({ length: EACH }, (_, at) => `hostile/${index}-${at}`);
        for (const key of keys) {
          secrets.create(key, 'x');
          secrets.put(key, 'y');
        }
        // Other stages than AWSCURRENT take a call each.
        const data = keys.map((key, at) => ({ secretKey: `k${at}`, remoteRef: { key, version: 'AWSPREVIOUS' } }));
        await further[index % further.length]?.externalSecret(`busy-${index}`, { refreshInterval: '5s', data });
      });
      perMinute = await readsPerMinute(attacker);
      process.stderr.write(`hostile: the shared secret was read ${perMinute.toFixed(1)} times a minute\n`);
    },
    expect: async () => {
      // A reconcile after a rotation may read it once more.
      expect(perMinute).toBeGreaterThanOrEqual(0.75 * (60_000 / REFRESH_INTERVAL_MS));
      await Promise.resolve();
    },
  };
}

holdAgainst([busySubscribers(1), busySubscribers(9)]);
