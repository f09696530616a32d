// A start with everything in place reads no single Secret: the lists are enough, for every owner of the Secrets.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { untilCaughtUp } from '../../support/operator/waits.ts';

jest.setTimeout(120_000);

const TARGETS = 40;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('start-reads');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

describe('a start with Secrets that have no owner', () => {
  it('reads none of them by name', async () => {
    const names = Array.from({ length: TARGETS }, (_, index) => `orphan-${index}`);
    for (const name of names) {
      scene.createSecret(name);
      await scene.objects.externalSecret(name, {
        target: { creationPolicy: 'Orphan' },
        data: [{ secretKey: 'value', remoteRef: { key: name } }],
      });
    }
    for (const name of names) await scene.objects.untilReason(name, 'SecretSynced');
    await scene.operator.stop();
    const since = scene.proxy.log.next;
    await scene.startOperator();
    await untilCaughtUp(scene, 'marker');
    const read = scene.proxy.log.select({ verb: 'get', resource: 'secrets' }, since).filter(({ name = '' }) => names.includes(name));
    expect(read).toEqual([]);
  });
});
