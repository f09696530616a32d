// The installation of Keytender as in docs/install.md, in a cluster that admits only pods of the restricted Pod Security level.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../../support/jest-run.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { eventually, type UserScene } from '../../support/e2e/scene.ts';

export const NAMESPACE = 'keytender';
export const OPERATOR_USER = 'system:serviceaccount:keytender:keytender';

/** The values of the user; all others are those of the chart. */
export function userValues({ image, awsEndpoint }: UserScene): Readonly<Record<string, unknown>> {
  return {
    image: { registry: image.registry, repository: image.repository, tag: image.tag },
    crds: { install: false },
    // The tests change a value more often than a user does.
    restart: { minInterval: '1s' },
    // An emulated AWS; with the real one this is left out.
    extraEnv: [{ name: 'AWS_ENDPOINT_URL', value: awsEndpoint }],
  };
}

/** Resolves when the operator's pod is Ready. */
export async function installKeytender(scene: UserScene): Promise<void> {
  await scene.kubectl('apply', '-f', 'crds/');
  await scene.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  await scene.kubectl('create', 'namespace', NAMESPACE);
  await scene.kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted');
  await helmInstall(scene);
}

export async function helmInstall(scene: UserScene): Promise<void> {
  await scene.helm(['install', 'keytender', 'charts/keytender', '--namespace', NAMESPACE, '--wait', '--timeout', '5m'], userValues(scene));
}

/** The operator's pods once so many are Ready: a kubelet that starts again takes a moment to say so of its pods. */
export async function untilOperatorPods(scene: UserScene, count: number): Promise<readonly OperatorPod[]> {
  return eventually(`${count} Ready pods of the operator`, async () => {
    const pods = await operatorPods(scene);
    return pods.length === count ? pods : undefined;
  });
}

/** The operator's pods that are Ready. */
export async function operatorPods(scene: UserScene): Promise<readonly OperatorPod[]> {
  const text = await scene.kubectl(
    'get',
    'pods',
    '--namespace',
    NAMESPACE,
    '--selector',
    'app.kubernetes.io/name=keytender',
    '--output',
    'json',
  );
  const { items } = JSON.parse(text) as { readonly items: readonly OperatorPod[] };
  return items.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status.containerStatuses?.[0]?.ready === true);
}

/** The name of the pod that holds the lease: what its holder calls itself begins with it. */
export async function leaderPod(scene: UserScene): Promise<string> {
  return podOf(await leaderProcess(scene));
}

/** The holder of the lease: `<pod>_<id>`, where the id is another one after each start of the process. */
export async function leaderProcess(scene: UserScene): Promise<string> {
  return eventually('a leader', async () => {
    const lease = await scene.objects(NAMESPACE).get('leases', 'keytender');
    const { holderIdentity } = (lease?.spec ?? {}) as { readonly holderIdentity?: string };
    return holderIdentity === '' ? undefined : holderIdentity;
  });
}

export function podOf(holder: string): string {
  return holder.split('_')[0] ?? '';
}

export interface OperatorPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[] };
}

export function install(sceneOf: () => UserScene): void {
  describe('install', () => {
    it('has a pod that is Ready, and is no more than the restricted level admits', async () => {
      const scene = sceneOf();
      const pods = await operatorPods(scene);
      expect(pods).toHaveLength(1);
      const level = await scene.kubectl(
        'get',
        'namespace',
        NAMESPACE,
        '--output',
        String.raw`jsonpath={.metadata.labels.pod-security\.kubernetes\.io/enforce}`,
      );
      expect(level).toBe('restricted');
      const { code, stderr } = await scene.controlPlane.kubectl([
        'run',
        '--namespace',
        NAMESPACE,
        'trial',
        '--image=ground.example/consumer:1',
      ]);
      expect({ code, refused: stderr.includes('violates PodSecurity "restricted') }).toEqual({ code: 1, refused: true });
    });

    it('says what to do next', async () => {
      expect(await sceneOf().helm(['status', 'keytender', '--namespace', NAMESPACE])).toContain('kind: SecretStore');
    });

    it('brings every example to what it promises, as it stands in deploy/examples', async () => {
      const scene = sceneOf();
      const secrets = scene.aws.secrets();
      secrets.create('production/payment/api', JSON.stringify({ key: 'k-1' }));
      secrets.create('production/database/ca', Buffer.from('certificate').toString('base64'));
      secrets.create('production/application/license', 'licensed');
      secrets.create('production/session', JSON.stringify({ SESSION_KEY: 's-1' }));
      const examples = readdirSync(join(ROOT, 'deploy/examples')).filter((name) => name.startsWith('external-secret-'));
      // Their images are examples too, and come from nowhere.
      for (const name of examples) await scene.kubectl('apply', '-f', `deploy/examples/${name}`);
      const objects = scene.objects('orders');
      const names = ['payment-api', 'database', 'application-license', 'session-key'];
      await eventually('all examples are Ready', async () => {
        const all = await Promise.all(names.map((name) => objects.get('externalsecrets', name)));
        return all.every((one) => readyOf(one)?.status === 'True');
      });
      expect(await objects.values('payment-api')).toEqual({ 'api-key': 'k-1' });
      expect(await objects.values('database-credentials')).toMatchObject({ 'ca.crt': 'certificate', username: 'orders' });
      expect(await objects.values('application')).toEqual({ license: 'licensed', 'feature-flags': 'dark-mode' });
      expect(await objects.values('session-key')).toEqual({ SESSION_KEY: 's-1' });
      await scene.kubectl('delete', 'deployment', 'web', '--namespace', 'orders');
    });

    it('reads AWS as the ServiceAccount that the store names, and as nobody else', async () => {
      const { aws } = sceneOf();
      expect(aws.calls.count('AssumeRoleWithWebIdentity')).toBeGreaterThan(0);
      const readers = new Set(aws.calls.entries.filter(({ service }) => service === 'secretsmanager').map(({ role }) => role));
      expect([...readers]).toEqual(['arn:aws:iam::111122223333:role/orders-secrets']);
    });
  });
}
