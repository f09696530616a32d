// The memory of the operator's container with a hundred ExternalSecrets, from its cgroup.
import { describe, expect, it } from '@jest/globals';
import { externalSecret } from '../../support/e2e/consumers.ts';
import { figure, megabytes } from '../../support/e2e/figures.ts';
import { memoryOf, processOfPod } from '../../support/e2e/pod-processes.ts';
import { eventually, type UserScene } from '../../support/e2e/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { ORDERS } from './consume.ts';
import { leaderPod, operatorPods } from './install.ts';

const COUNT = 100;
/** The chart's limit. */
const LIMIT_BYTES = 512 * 1024 ** 2;

export function size(sceneOf: () => UserScene): void {
  describe(`${COUNT} ExternalSecrets`, () => {
    it('fit into the memory that the chart gives', async () => {
      const scene = sceneOf();
      const names = Array.from({ length: COUNT }, (_, index) => `many-${index}`);
      for (const name of names)
        scene.aws.secrets().create(`production/${name}`, JSON.stringify({ username: name, password: `of-${name}` }));
      await scene.apply(
        ORDERS,
        ...names.map((name) => externalSecret(name, { refreshInterval: '1m', dataFrom: [{ extract: { key: name } }] })),
      );
      await eventually(`${COUNT} are Ready`, async () => {
        const all = await scene.objects(ORDERS).list('externalsecrets');
        const many = all.filter(({ metadata }) => metadata.name.startsWith('many-'));
        return many.length === COUNT && many.every((one) => readyOf(one)?.status === 'True');
      });
      const leader = await leaderPod(scene);
      const pod = (await operatorPods(scene)).find(({ metadata }) => metadata.name === leader);
      const { workingSetBytes, rssBytes } = await memoryOf(scene.node, await processOfPod(pod?.metadata.uid ?? '', 'dist/main.js'));
      figure(`operator pod at ${COUNT} ExternalSecrets`, `${megabytes(workingSetBytes)} working set, ${megabytes(rssBytes)} RSS`);
      expect(workingSetBytes).toBeLessThan(LIMIT_BYTES);
      expect(rssBytes).toBeGreaterThan(1e6);
      await scene.kubectl('delete', 'externalsecrets.keytender.dev', '--namespace', ORDERS, ...names);
    });
  });
}
