// Upgrade, rollback and uninstall: the restarted workloads, and the objects that stay.
import { describe, expect, it } from '@jest/globals';
import { externalSecret } from '../../support/e2e/consumers.ts';
import { untilSeen } from '../../support/e2e/log-lines.ts';
import { eventually, type UserScene } from '../../support/e2e/scene.ts';
import { ORDERS, podNames, rotateDatabase } from './consume.ts';
import { helmInstall, NAMESPACE, operatorPods } from './install.ts';

const APPLICATIONS = ['mounted', 'in-env', 'projected'];
const RELEASE = ['keytender', '--namespace', NAMESPACE];

export function upgradeAndUninstall(sceneOf: () => UserScene): void {
  describe('upgrade', () => {
    it('rolls the operator, and rewrites no Secret and restarts no application', async () => {
      const scene = sceneOf();
      await expectUntouched(scene, async () => {
        const before = await uidsOf(scene);
        const values = { log: { level: 'debug' }, replicas: 1 };
        await scene.helm(
          ['upgrade', ...RELEASE.slice(0, 1), 'charts/keytender', ...RELEASE.slice(1), '--reuse-values', '--wait', '--timeout', '5m'],
          values,
        );
        await untilReplaced(scene, before);
        expect(await argumentsOf(scene)).toContain('--log-level=debug');
      });
    });

    it('can be taken back', async () => {
      const scene = sceneOf();
      await expectUntouched(scene, async () => {
        const before = await uidsOf(scene);
        await scene.helm(['rollback', ...RELEASE, '--wait', '--timeout', '5m']);
        await untilReplaced(scene, before);
        expect(await argumentsOf(scene)).toContain('--log-level=info');
      });
    });
  });

  describe('uninstall', () => {
    it('leaves definitions, ExternalSecrets, stores and Secrets, and applications go on', async () => {
      const scene = sceneOf();
      const definitions = await names(scene, 'crd');
      scene.aws.secrets().create('production/policies', 'of AWS');
      await scene.apply(
        ORDERS,
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'merged' }, stringData: { own: 'of somebody else' } },
        ...Object.entries(POLICIES).map(([name, creationPolicy]) => externalSecret(name, { data: DATA, target: { creationPolicy } })),
      );
      for (const name of Object.keys(POLICIES)) await scene.objects(ORDERS).untilReason(name, 'SecretSynced', 60_000);
      await expectUntouched(scene, async () => {
        const before = await Promise.all(KINDS.map((kind) => names(scene, kind)));
        await scene.helm(['uninstall', ...RELEASE, '--wait', '--timeout', '5m']);
        await eventually('no operator', async () => (await scene.objects(NAMESPACE).list('pods')).length === 0);
        expect(await Promise.all(KINDS.map((kind) => names(scene, kind)))).toEqual(before);
      });
      expect(await names(scene, 'crd')).toEqual(definitions);
      expect(definitions).toEqual(expect.arrayContaining(['customresourcedefinition.apiextensions.k8s.io/externalsecrets.keytender.dev']));
    });

    it('lets Kubernetes delete a Secret with its ExternalSecret (Owner), and leaves the others (Orphan, Merge)', async () => {
      const scene = sceneOf();
      await scene.kubectl('delete', 'externalsecrets.keytender.dev', '--namespace', ORDERS, ...Object.keys(POLICIES));
      await eventually('the Secret of Owner is gone', async () => (await scene.objects(ORDERS).get('secrets', 'owned')) === undefined);
      expect(await scene.objects(ORDERS).values('kept')).toEqual({ key: 'of AWS' });
      expect(await scene.objects(ORDERS).values('merged')).toEqual({ key: 'of AWS', own: 'of somebody else' });
    });

    it('can be followed by an installation that takes up where the last one ended', async () => {
      const scene = sceneOf();
      await expectUntouched(scene, async () => {
        await helmInstall(scene);
        await untilRead(scene);
      });
      const { password } = rotateDatabase(scene);
      await untilSeen(scene, ORDERS, 'deployment/mounted', { source: 'file', key: 'password', value: password });
    });
  });
}

/** creationPolicy by name of the ExternalSecret, and of its Secret. */
const POLICIES = { owned: 'Owner', kept: 'Orphan', merged: 'Merge' } as const;
const DATA = [{ secretKey: 'key', remoteRef: { key: 'policies' } }];
const KINDS = ['externalsecrets.keytender.dev', 'secretstores.keytender.dev', 'secrets'];

/** Holds resourceVersions of all Secrets and the pods of the applications against those of before, after AWS was asked again. */
async function expectUntouched(scene: UserScene, work: () => Promise<void>): Promise<void> {
  const before = { secrets: await resourceVersions(scene), pods: await podNames(scene, APPLICATIONS) };
  await work();
  expect({ secrets: await resourceVersions(scene), pods: await podNames(scene, APPLICATIONS) }).toEqual(before);
}

async function resourceVersions(scene: UserScene): Promise<Readonly<Record<string, string>>> {
  const secrets = await scene.objects(ORDERS).list('secrets');
  return Object.fromEntries(secrets.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
}

async function names(scene: UserScene, kind: string): Promise<readonly string[]> {
  const namespaced = kind === 'crd' ? [] : ['--namespace', ORDERS];
  return (await scene.kubectl('get', kind, ...namespaced, '--output', 'name')).trim().split('\n');
}

async function uidsOf(scene: UserScene): Promise<ReadonlySet<string>> {
  return new Set((await operatorPods(scene)).map(({ metadata }) => metadata.uid));
}

/** All pods of the operator are new ones, and one has asked AWS for what it keeps. */
async function untilReplaced(scene: UserScene, before: ReadonlySet<string>): Promise<void> {
  const replicas = Number(await fieldOf(scene, '{.spec.replicas}'));
  await eventually('new pods only', async () => {
    const now = [...(await uidsOf(scene))];
    return now.length === replicas && now.every((uid) => !before.has(uid));
  });
  await untilRead(scene);
}

/** So that what would be written had its chance: those with an interval of seconds are read again. */
async function untilRead({ aws }: UserScene): Promise<void> {
  const reads = (): number => aws.calls.count('GetSecretValue') + aws.calls.count('BatchGetSecretValue');
  const wanted = reads() + 3;
  await eventually('AWS is asked three times', () => Promise.resolve(reads() >= wanted));
}

function argumentsOf(scene: UserScene): Promise<string> {
  return fieldOf(scene, '{.spec.template.spec.containers[0].args}');
}

function fieldOf(scene: UserScene, path: string): Promise<string> {
  return scene.kubectl('get', 'deployment', 'keytender', '--namespace', NAMESPACE, '--output', `jsonpath=${path}`);
}
