// A tenant that exceeds its share of AWS calls: identities without permission, thousands of secrets, calls that never end.
import { jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import { REFRESH_INTERVAL_MS, ROTATED_KEY as ROTATED } from '../../support/hostile/rotations.ts';
import { staticAuth, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(300_000);

const LATENCY_MS = 50;

function numbered(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** A store that reads as this role. */
async function createStore(attacker: Scene, name: string, extra: object): Promise<void> {
  const aws = { service: 'SecretsManager', region: attacker.aws.defaultRegion, auth: staticAuth('aws-credentials'), ...extra };
  await attacker.objects.create('secretstores', { metadata: { name }, spec: { provider: { aws } } });
}

/** An ExternalSecret with so many entries whose secrets do not exist. */
async function askForNothing(attacker: Scene, name: string, entries: number, store = 'aws', prefix = name): Promise<void> {
  await attacker.objects.externalSecret(name, {
    secretStoreRef: { name: store },
    refreshInterval: '1s',
    data: numbered(entries).map((n) => ({ secretKey: `k${n}`, remoteRef: { key: `missing/${prefix}/${n}` } })),
  });
}

/** A secret of an account that AWS answers for with throttling. */
function createThrottled({ aws }: Scene, n: number): string {
  const arn = `arn:aws:secretsmanager:${aws.defaultRegion}:999988887777:secret:throttled-${n}-abcdef`;
  aws.inject({ secretId: arn, fault: { kind: 'throttle' } });
  return arn;
}

/** The ClusterSecretStore that both tenants read by. */
function sharedStore({ namespace }: Scene): object {
  return { kind: 'ClusterSecretStore', name: namespace };
}

/** Resolves when the operator has met `count` calls beside those made before. */
async function untilCalls(attacker: Scene, operation: string, count: number): Promise<void> {
  await waitUntil(`${count} calls of ${operation}`, () => attacker.aws.calls.count(operation) >= count, { timeoutMs: 60_000 });
}

holdAgainst([
  {
    name: '30 stores that claim roles of the other tenant’s account, all denied',
    rotates: true,
    plant: async (attacker) => {
      attacker.aws.switches.latencyMs = LATENCY_MS;
      const { defaultAccount } = attacker.aws;
      for (const n of numbered(30)) {
        await createStore(attacker, `claim-${n}`, { role: `arn:aws:iam::${defaultAccount}:role/claimed-${n}` });
        for (const m of numbered(3)) await askForNothing(attacker, `claim-${n}-${m}`, 20, `claim-${n}`);
      }
      await untilCalls(attacker, 'AssumeRole', 30);
    },
  },
  {
    name: '20 resources with 500 missing entries each, in the account of the other tenant',
    sharedIdentity: true,
    rotates: true,
    plant: async (attacker) => {
      attacker.aws.switches.latencyMs = LATENCY_MS;
      for (const n of numbered(20)) await askForNothing(attacker, `missing-${n}`, 500);
      await untilCalls(attacker, 'BatchGetSecretValue', 200);
    },
  },
  {
    name: 'a store whose region never answers, with 200 resources',
    rotates: true,
    plant: async (attacker) => {
      attacker.aws.inject({ region: 'eu-west-1', fault: { kind: 'hang' } });
      await createStore(attacker, 'far', { region: 'eu-west-1' });
      for (const n of numbered(200)) await askForNothing(attacker, `far-${n}`, 20, 'far');
    },
  },
  {
    name: '1,000 identities of one tenant',
    rotates: true,
    plant: async (attacker) => {
      const role = attacker.aws.addRole({
        account: attacker.aws.defaultAccount,
        name: 'reader',
        trust: { principals: ['*'], tagSession: true },
      });
      for (const n of numbered(1_000)) await createStore(attacker, `as-${n}`, { role, sessionTags: [{ key: 'n', value: String(n) }] });
      await untilCalls(attacker, 'AssumeRole', 100);
    },
  },
  {
    name: 'a specification that asks for 500 other missing secrets again and again',
    rotates: true,
    plant: async (attacker) => {
      attacker.aws.switches.latencyMs = LATENCY_MS;
      await askForNothing(attacker, 'edited', 500);
      for (const round of numbered(60)) {
        const data = numbered(500).map((n) => ({ secretKey: `k${n}`, remoteRef: { key: `missing/${round}/${n}` } }));
        await attacker.objects.patch('externalsecrets', 'edited', { spec: { data } });
      }
    },
  },
  {
    name: 'force-sync of 50 resources again and again',
    rotates: true,
    plant: async (attacker) => {
      attacker.aws.switches.latencyMs = LATENCY_MS;
      await many(50, (n) => askForNothing(attacker, `forced-${n}`, 100));
      for (const round of numbered(20)) {
        const annotations = { 'keytender.dev/force-sync': String(round) };
        await many(50, (n) => attacker.objects.patch('externalsecrets', `forced-${n}`, { metadata: { annotations } }));
      }
    },
  },
  {
    name: 'ExternalSecrets that are created and deleted again and again',
    rotates: true,
    plant: async (attacker) => {
      attacker.aws.switches.latencyMs = LATENCY_MS;
      for (const round of numbered(60)) {
        await askForNothing(attacker, 'brief', 500, 'aws', `brief-${round}`);
        await attacker.objects.delete('externalsecrets', 'brief');
      }
    },
  },
  {
    name: 'a shorter interval for a secret of the other tenant, from a namespace that has used up its share of refreshes',
    sharedStore: true,
    rotates: true,
    restart: false,
    // A refresh that has begun in the share of the attacker, just before a slot of the other tenant, ends first.
    limits: { staleMs: 2 * REFRESH_INTERVAL_MS + 5_000 },
    plant: async (attacker) => {
      const secretStoreRef = sharedStore(attacker);
      const common = { secretStoreRef, refreshInterval: '1s' };
      await attacker.objects.externalSecret('shared', { ...common, data: [{ secretKey: 'value', remoteRef: { key: ROTATED } }] });
      for (const n of numbered(4_000)) {
        attacker.aws.secrets().create(`mine/${n}`, 'x');
        attacker.aws.secrets().put(`mine/${n}`, 'y');
      }
      // No batch reads previous versions: the refreshes of all of them take 40 s.
      await many(8, (n) =>
        attacker.objects.externalSecret(`mine-${n}`, {
          ...common,
          data: numbered(500).map((m) => ({ secretKey: `k${m}`, remoteRef: { key: `mine/${n * 500 + m}`, version: 'AWSPREVIOUS' } })),
        }),
      );
      await untilCalls(attacker, 'GetSecretValue', 6_000);
    },
  },
  {
    name: 'secrets of a foreign account that throttles, by the identity of the other tenant',
    sharedStore: true,
    rotates: true,
    restart: false,
    plant: async (attacker) => {
      const secretStoreRef = sharedStore(attacker);
      for (const n of numbered(30)) {
        const data = [{ secretKey: 'value', remoteRef: { key: createThrottled(attacker, n) } }];
        await attacker.objects.externalSecret(`throttled-${n}`, { secretStoreRef, refreshInterval: '1s', data });
      }
      await attacker.objects.untilReason('throttled-0', 'Throttled', 60_000);
      await attacker.objects.untilReason('throttled-29', 'Throttled', 60_000);
    },
  },
]);
