// A new resource while hundreds wait for a forced refresh: it does not wait for them. The test checks the order, not the time: `npm run
// bench` measures the time.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { forceSync } from '../../support/operator/waits.ts';

jest.setTimeout(120_000);

const OTHERS = Array.from({ length: 300 }, (_, index) => `other-${index}`);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('newcomer', { flags: ['--concurrency=2'] });
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

/** The names of those whose status was written since then, in this order. */
function reported(since: number): readonly string[] {
  const written = scene.proxy.log.writes({ resource: 'externalsecrets', subresource: 'status' }, since);
  return written.map(({ name = '' }) => name);
}

it('is Ready while most of the others still wait, though it was seen last', async () => {
  scene.createSecret('shared');
  const data = [{ secretKey: 'a', remoteRef: { key: 'shared' } }];
  await Promise.all(OTHERS.map((name) => scene.objects.externalSecret(name, { data })));
  await waitUntil('all are in place', () => new Set(reported(0)).size === OTHERS.length, { timeoutMs: 60_000 });
  const value = scene.createSecret('own');
  scene.aws.switches.latencyMs = 50;
  // Frozen, so that it finds all of it at once.
  scene.operator.freeze();
  const since = scene.proxy.log.next;
  await Promise.all(OTHERS.map((name) => forceSync(scene, name, 'now')));
  await scene.objects.externalSecret('newcomer', { data: [{ secretKey: 'a', remoteRef: { key: 'own' } }] });
  scene.operator.thaw();
  await scene.objects.untilReason('newcomer', 'SecretSynced');
  expect(await scene.objects.values('newcomer')).toEqual({ a: value });
  await waitUntil('all have been refreshed', () => new Set(reported(since)).size === OTHERS.length + 1, { timeoutMs: 60_000 });
  // Behind all others it would be the last of 301.
  expect(reported(since).indexOf('newcomer')).toBeLessThan(OTHERS.length / 3);
});
