// Many values of the maximum size, to which one tenant refers.
import { expect, jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import { readyOf } from '../../support/operator/objects.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(300_000);

const LARGEST = 65_536;
const ENTRIES = 500;
/** What one round may read, in such values: the first that does not fit is read as well. */
const FITTING = 64 + 1;

interface Made {
  readonly key: string;
  readonly versionId: string;
}

/** So many secrets of the largest size. */
function largest({ aws }: Scene, prefix: string, count: number): readonly Made[] {
  const secrets = aws.secrets();
  return Array.from({ length: count }, (_, index) => {
    const key = `${prefix}-${index}`;
    return { key, versionId: secrets.create(key, `${index} `.padEnd(LARGEST, 'v')).versionId };
  });
}

function entriesOf(made: readonly Made[], pinned = false): object[] {
  return made.map(({ key, versionId }, index) => ({
    secretKey: `k${index}`,
    remoteRef: { key, ...(pinned && { version: `uuid/${versionId}` }) },
  }));
}

async function untilTooLarge({ objects }: Scene, name: string): Promise<void> {
  const look = async (): Promise<boolean> => readyOf(await objects.get('externalsecrets', name))?.reason === 'SecretTooLarge';
  await waitUntil(`${name} is told to be too large`, look, { timeoutMs: 60_000 });
}

/** How many values AWS was asked for by their names. */
function asked({ aws }: Scene, prefix: string): number {
  return aws.calls.entries.flatMap(({ secretIds }) => secretIds).filter((id) => id.startsWith(prefix)).length;
}

holdAgainst([
  {
    name: '500 pinned values of 64 KiB in one ExternalSecret',
    inCi: true,
    plant: async (attacker) => {
      await attacker.objects.externalSecret('hostile', {
        refreshInterval: '1h',
        data: entriesOf(largest(attacker, 'pinned', ENTRIES), true),
      });
      await untilTooLarge(attacker, 'hostile');
    },
    expect: async (attacker) => expect(asked(attacker, 'pinned')).toBeLessThanOrEqual(2 * FITTING),
  },
  {
    name: 'one ExternalSecret of 500 values of 64 KiB, which no cache holds',
    plant: async (attacker) => {
      await attacker.objects.externalSecret('hostile', { refreshInterval: '1h', data: entriesOf(largest(attacker, 'large', ENTRIES)) });
      await untilTooLarge(attacker, 'hostile');
    },
    expect: async (attacker) => expect(asked(attacker, 'large')).toBeLessThanOrEqual(2 * FITTING),
  },
  {
    name: 'twenty ExternalSecrets of 500 values of 64 KiB, refreshed each second',
    plant: async (attacker) => {
      const data = entriesOf(largest(attacker, 'many', ENTRIES));
      await many(20, (index) => attacker.objects.externalSecret(`hostile-${index}`, { refreshInterval: '1s', data }));
      for (let index = 0; index < 20; index += 1) await untilTooLarge(attacker, `hostile-${index}`);
    },
  },
  {
    name: 'forty ExternalSecrets of 60 values of 64 KiB each, all different, which fit but for the Secret',
    plant: async (attacker) => {
      await many(40, (index) =>
        attacker.objects.externalSecret(`hostile-${index}`, {
          refreshInterval: '1h',
          data: entriesOf(largest(attacker, `own-${index}`, 60)),
        }),
      );
      for (let index = 0; index < 40; index += 1) await untilTooLarge(attacker, `hostile-${index}`);
    },
  },
  {
    name: 'thirty stores, each with an access key of its own and 60 values of 64 KiB that are refreshed each second',
    plant: async (attacker) => {
      const data = entriesOf(largest(attacker, 'shared', 60));
      await many(30, async (index) => {
        const name = `hostile-${index}`;
        await attacker.createStore(name);
        await attacker.objects.create('externalsecrets', {
          metadata: { name },
          spec: { secretStoreRef: { name }, refreshInterval: '1s', data },
        });
      });
      for (let index = 0; index < 30; index += 1) await untilTooLarge(attacker, `hostile-${index}`);
    },
  },
  {
    name: 'the Secret with the access key of a hundred ExternalSecrets changes all the time',
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      const data = [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }];
      await many(100, (index) => attacker.objects.externalSecret(`hostile-${index}`, { refreshInterval: '1s', data }));
      for (let round = 0; round < 100; round += 1) {
        await attacker.objects.patch('secrets', 'aws-credentials', { metadata: { annotations: { round: String(round) } } });
      }
    },
  },
]);
