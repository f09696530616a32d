// An application with a database: its credential comes from AWS through Keytender into its pod, and is rotated while it connects five times a second.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { secretsManagerClient } from '../../support/aws/sdk-clients.ts';
import { CONNECT } from '../../support/e2e/consumer-image.ts';
import { deployment, externalSecret, fromSecret } from '../../support/e2e/consumers.ts';
import { figure, seconds } from '../../support/e2e/figures.ts';
import { digestOf, logLines } from '../../support/e2e/log-lines.ts';
import type { Postgresql } from '../../support/e2e/postgresql.ts';
import { eventually, type UserScene } from '../../support/e2e/scene.ts';
import { ORDERS } from './consume.ts';

const SECRET_ID = 'production/ledger';
const SECRET = 'ledger-database';
/** From the new password in the database to its use by the application: a refresh every 5 s, kubelet's look every second, on a busy machine. */
const GAP_LIMIT_MS = 60_000;

/** A line of connect.ts. */
interface Attempt {
  readonly at: number;
  /** How long it took. */
  readonly ms: number;
  readonly digest: string;
  readonly as?: string;
  readonly problem?: string;
}

interface Credential {
  readonly username: string;
  readonly password: string;
}

const newPassword = (): string => randomBytes(18).toString('base64url');

export function postgresql(sceneOf: () => UserScene, databaseOf: () => Postgresql): void {
  describe('an application with PostgreSQL', () => {
    const first: Credential = { username: 'app', password: newPassword() };

    it('connects with the credential that is mounted, and with the one in its environment', async () => {
      const scene = sceneOf();
      const { host, port } = await scene.node.exposeToPods(databaseOf().port);
      await createRole(databaseOf(), first);
      scene.aws.secrets().create(SECRET_ID, JSON.stringify(first));
      const address = [
        { name: 'HOST', value: host },
        { name: 'PORT', value: String(port) },
      ];
      const restart = { settle: '0s', targets: [{ kind: 'Deployment', name: 'ledger-env' }] };
      const env = [...address, fromSecret('USERNAME', SECRET, 'username'), fromSecret('PASSWORD', SECRET, 'password')];
      await scene.apply(
        ORDERS,
        externalSecret(SECRET, { dataFrom: [{ extract: { key: 'ledger' } }], restart }),
        deployment('ledger', { program: CONNECT, env: address, volume: { secret: { secretName: SECRET } } }),
        deployment('ledger-env', { program: CONNECT, env }),
      );
      for (const app of ['ledger', 'ledger-env']) expect(await untilConnected(scene, app, first)).toMatchObject({ as: 'app' });
    });

    it('is without connections only while the new password of its one user is on its way', async () => {
      const scene = sceneOf();
      const next = { ...first, password: newPassword() };
      const changed = Date.now();
      await setPassword(databaseOf(), next); // the old one ends here
      await publish(scene, next);
      const [back] = await Promise.all([untilConnected(scene, 'ledger', next), untilConnected(scene, 'ledger-env', next)]);
      const attempts = await attemptsOf(scene, 'ledger');
      const failed = attempts.filter(({ problem }) => problem !== undefined);
      // Wrong is only the password that was wrong: what failed used the old one, and the new one has never failed.
      expect(failed.filter(({ digest, problem }) => digest !== digestOf(first.password) || problem !== INVALID_PASSWORD)).toEqual([]);
      expect(failed.filter(({ at }) => at < changed - RUNNING_MS)).toEqual([]);
      const gap = longestGap(attempts);
      figure('one database user, password mounted: longest time without a connection', seconds(gap));
      expect(gap).toBeLessThanOrEqual(back.at + back.ms - changed + RUNNING_MS);
      expect(gap).toBeLessThan(GAP_LIMIT_MS);
      await scene.kubectl('rollout', 'status', '--namespace', ORDERS, 'deployment/ledger-env', '--timeout=180s');
      figure('one database user, password in the environment: until a healthy new pod', seconds(Date.now() - changed));
    });

    it('is never without connections when two users take turns', async () => {
      const scene = sceneOf();
      const second = { username: 'app_clone', password: newPassword() };
      const already = (await attemptsOf(scene, 'ledger')).length;
      await createRole(databaseOf(), second);
      await publish(scene, second);
      const [, fromEnv] = await Promise.all([untilConnected(scene, 'ledger', second), untilConnected(scene, 'ledger-env', second)]);
      expect(fromEnv).toMatchObject({ as: 'app_clone' });
      const attempts = (await attemptsOf(scene, 'ledger')).slice(already);
      expect(attempts.filter(({ problem }) => problem !== undefined)).toEqual([]);
      expect(new Set(attempts.map(({ as }) => as))).toEqual(new Set(['app', 'app_clone']));
      figure('two database users in turn: connections that failed', `0 of ${attempts.length}`);
    });
  });
}

/** SQLSTATE of a wrong password. */
const INVALID_PASSWORD = '28P01';
/** An attempt that had begun may still see what changed. */
const RUNNING_MS = 2_000;

function createRole({ sql }: Postgresql, { username, password }: Credential): Promise<void> {
  return sql(`create role :"name" login password :'password';`, { name: username, password });
}

function setPassword({ sql }: Postgresql, { username, password }: Credential): Promise<void> {
  return sql(`alter role :"name" password :'password';`, { name: username, password });
}

/** What a rotation script does at its end: the new value becomes AWSCURRENT. */
async function publish({ aws }: UserScene, credential: Credential): Promise<void> {
  const client = secretsManagerClient(aws.endpoint, { credentials: aws.addAccessKey({ account: aws.defaultAccount }) });
  await client.send(new PutSecretValueCommand({ SecretId: SECRET_ID, SecretString: JSON.stringify(credential) }));
  client.destroy();
}

function attemptsOf(scene: UserScene, app: string): Promise<readonly Attempt[]> {
  return logLines<Attempt>(scene, ORDERS, `deployment/${app}`);
}

/** The first attempt of an application that came in with this credential. */
function untilConnected(scene: UserScene, app: string, { password }: Credential): Promise<Attempt> {
  const digest = digestOf(password);
  return eventually(`${app} connects`, async () =>
    (await attemptsOf(scene, app)).find((one) => one.as !== undefined && one.digest === digest),
  );
}

/** The longest time from a success to the next one with a failure in between, in milliseconds. */
function longestGap(attempts: readonly Attempt[]): number {
  let [longest, since, failing] = [0, attempts[0]?.at ?? 0, false];
  for (const { at, ms, problem } of attempts) {
    if (problem !== undefined) failing = true;
    else {
      if (failing) longest = Math.max(longest, at + ms - since);
      [since, failing] = [at + ms, false];
    }
  }
  return longest;
}
