// Applications that use Secrets of Keytender: as files, in the environment, by a projected volume, and to pull their image.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../../support/jest-run.ts';
import { PRINT_DIGESTS } from '../../support/e2e/consumer-image.ts';
import { deployment, externalSecret, fromSecret, statefulSet } from '../../support/e2e/consumers.ts';
import { figure, seconds } from '../../support/e2e/figures.ts';
import { digestOf, logLines, untilSeen, type Sight } from '../../support/e2e/log-lines.ts';
import { addServiceAccountRole, eventually, type UserScene } from '../../support/e2e/scene.ts';

export const ORDERS = 'orders';
const DATABASE = 'production/database/orders';

/** Gives the database a new password in AWS. `changed` is when, in milliseconds since the epoch. */
export function rotateDatabase(scene: UserScene): { readonly password: string; readonly changed: number } {
  const credential = newCredential(scene);
  scene.aws.secrets().put(DATABASE, JSON.stringify(credential));
  return { password: credential.password, changed: Date.now() };
}

function newCredential({ canaries }: UserScene): { readonly username: string; readonly password: string } {
  return { username: 'orders', password: canaries.plant('password') };
}

/** A team's namespace with its store, as deploy/examples/store-irsa.yaml has it, and three applications. Resolves when all are Ready. */
export async function consumeSecrets(scene: UserScene): Promise<void> {
  scene.aws.secrets().create(DATABASE, JSON.stringify(newCredential(scene)));
  const policy = readFileSync(join(ROOT, 'deploy/aws/iam-policies/read-prefix.json'), 'utf8');
  addServiceAccountRole(scene, 'orders-secrets', 'system:serviceaccount:orders:orders', policy);
  await scene.kubectl('create', 'namespace', ORDERS);
  await scene.kubectl('apply', '-f', 'deploy/examples/store-irsa.yaml');
  const secret = 'app-database';
  const restart = { settle: '0s', targets: [{ kind: 'Deployment', name: 'in-env' }] };
  const volume = { secret: { secretName: secret } };
  const projected = { projected: { sources: [{ secret: { name: secret, items: [{ key: 'password', path: 'password' }] } }] } };
  await scene.apply(
    ORDERS,
    externalSecret(secret, { dataFrom: [{ extract: { key: 'database/orders' } }], restart }),
    deployment('mounted', { program: PRINT_DIGESTS, volume }),
    deployment('in-env', {
      program: PRINT_DIGESTS,
      env: [{ name: 'NAMES', value: 'PASSWORD' }, fromSecret('PASSWORD', secret, 'password')],
    }),
    statefulSet('projected', { program: PRINT_DIGESTS, volume: projected }),
  );
  for (const workload of ['deployment/mounted', 'deployment/in-env', 'statefulset/projected']) {
    await scene.kubectl('rollout', 'status', '--namespace', ORDERS, workload, '--timeout=180s');
  }
}

export function consume(sceneOf: () => UserScene): void {
  describe('consume', () => {
    it('has the store say as whom it reads', async () => {
      const store = await sceneOf().objects(ORDERS).get('secretstores', 'aws');
      expect(store?.status?.conditions).toEqual([expect.objectContaining({ type: 'Ready', status: 'True' })]);
    });

    it.each([
      ['a mounted Secret', 'deployment/mounted', 'file', 'password'],
      ['the environment', 'deployment/in-env', 'env', 'PASSWORD'],
      ['a projected volume', 'statefulset/projected', 'file', 'password'],
    ] as const)('reaches the process by %s', async (_, workload, source, key) => {
      const scene = sceneOf();
      const { password } = JSON.parse(String(scene.aws.secrets().value(DATABASE))) as { readonly password: string };
      await untilSeen(scene, ORDERS, workload, { source, key, value: password });
    });

    it('follows a rotation: files change by themselves, the pod with the environment is rolled', async () => {
      const scene = sceneOf();
      const before = await podNames(scene, ['mounted', 'in-env', 'projected']);
      const { changed, password } = rotateDatabase(scene);
      const [file, projected] = await Promise.all([
        untilSeen(scene, ORDERS, 'deployment/mounted', { source: 'file', key: 'password', value: password }),
        untilSeen(scene, ORDERS, 'statefulset/projected', { source: 'file', key: 'password', value: password }),
        untilRolled(scene, 'in-env', password).then(() =>
          figure('AWS change to environment of a healthy new pod', seconds(Date.now() - changed)),
        ),
      ]);
      figure('AWS change to mounted file', seconds(file.at - changed));
      figure('AWS change to projected file', seconds(projected.at - changed));
      const after = await podNames(scene, ['mounted', 'in-env', 'projected']);
      expect({ mounted: after[0], projected: after[2] }).toEqual({ mounted: before[0], projected: before[2] });
      expect(after[1]).not.toEqual(before[1]);
    });
  });
}

/** Resolves when the Deployment's rollout has ended and its one pod sees the value in its environment. */
export async function untilRolled(scene: UserScene, name: string, password: string): Promise<void> {
  await eventually(`the new pod of ${name}`, async () => {
    const lines = await logLines<Sight>(scene, ORDERS, `deployment/${name}`);
    return lines.some(({ source, digest }) => source === 'env' && digest === digestOf(password));
  });
  await scene.kubectl('rollout', 'status', '--namespace', ORDERS, `deployment/${name}`, '--timeout=180s');
  await eventually(`one pod of ${name}`, async () => (await podNames(scene, [name]))[0]?.length === 1);
}

/** Names of the pods of each application. */
export async function podNames(scene: UserScene, apps: readonly string[]): Promise<readonly (readonly string[])[]> {
  const pods = await scene.objects(ORDERS).list('pods');
  return apps.map((app) =>
    pods
      .filter(({ metadata }) => metadata.labels?.['app'] === app && metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name),
  );
}
