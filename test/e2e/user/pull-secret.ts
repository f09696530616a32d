// A private image: Keytender writes its pull secret, and the node uses it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { externalSecret } from '../../support/e2e/consumers.ts';
import { startRegistry, type Registry } from '../../support/e2e/registry.ts';
import { eventually, type UserScene } from '../../support/e2e/scene.ts';
import { ORDERS } from './consume.ts';

const SECRET_ID = 'production/registry';

export function pullSecret(sceneOf: () => UserScene): void {
  describe('an image pull secret', () => {
    let registry: Registry;

    beforeAll(async () => {
      registry = await startRegistry(sceneOf().node, { username: 'puller', password: 'right' });
    });

    afterAll(async () => {
      await sceneOf().kubectl('delete', 'pod', '--namespace', ORDERS, 'private', '--force', '--ignore-not-found');
      await registry?.[Symbol.asyncDispose]();
    });

    const dockerConfig = (password: string): string => JSON.stringify({ auths: { [registry.host]: { username: 'puller', password } } });

    it('is of the type that kubelet takes, and its password counts', async () => {
      const scene = sceneOf();
      scene.aws.secrets().create(SECRET_ID, dockerConfig('wrong'));
      const target = { template: { type: 'kubernetes.io/dockerconfigjson' } };
      await scene.apply(
        ORDERS,
        externalSecret('registry', { target, data: [{ secretKey: '.dockerconfigjson', remoteRef: { key: 'registry' } }] }),
      );
      await scene.objects(ORDERS).untilReason('registry', 'SecretSynced', 60_000);
      expect((await scene.objects(ORDERS).get('secrets', 'registry'))?.type).toBe('kubernetes.io/dockerconfigjson');
      await scene.apply(ORDERS, privatePod(registry.image));
      await eventually('the registry refuses the wrong password', async () => registry.visits.includes('puller refused'));
      expect(registry.visits).not.toContain('puller admitted');
    });

    it('lets the node pull the image once AWS has the right password', async () => {
      const scene = sceneOf();
      scene.aws.secrets().put(SECRET_ID, dockerConfig('right'));
      // kubelet tries again by itself, after 10 s, then 20 s and so on.
      await scene.kubectl('wait', '--namespace', ORDERS, '--for=condition=Ready', 'pod/private', '--timeout=150s');
      expect(registry.visits).toContain('puller admitted');
    });
  });
}

function privatePod(image: string): object {
  const containers = [{ name: 'app', image, imagePullPolicy: 'Always' }];
  const spec = {
    imagePullSecrets: [{ name: 'registry' }],
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    containers,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'private' }, spec };
}
