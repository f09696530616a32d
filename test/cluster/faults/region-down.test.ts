// A tenant with a store in a region that is down, and a tenant with a store in another region: the second has no delay.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeNamespace, type TestNamespace } from '../../support/control-plane/namespace.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { Objects } from '../../support/operator/objects.ts';
import { openScene, staticAuth, type Scene } from '../../support/operator/scene.ts';
import { untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(150_000);

const DOWN = 'eu-west-1';
const RESOURCES = 40;

let scene: Scene;
let neighbour: TestNamespace;
let theirs: Objects;

beforeAll(async () => {
  scene = await openScene('region-down', { flags: ['--concurrency=2', '--min-refresh-interval=1s'], start: false });
  neighbour = await makeNamespace(scene.controlPlane, 'region-down-neighbour');
  theirs = new Objects(scene.controlPlane.api, neighbour.name);
  await scene.createStore();
  await scene.startOperator([`--namespaces=${neighbour.name}`]);
  const key = scene.aws.addAccessKey({ account: scene.aws.defaultAccount });
  await theirs.create('secrets', { metadata: { name: 'far' }, stringData: { id: key.accessKeyId, secret: key.secretAccessKey } });
  const aws = { service: 'SecretsManager', region: DOWN, auth: staticAuth('far') };
  await theirs.create('secretstores', { metadata: { name: 'aws' }, spec: { provider: { aws } } });
}, 120_000);

afterAll(async () => {
  await neighbour?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

/** A new ExternalSecret has its Secret within five seconds, and so has it each new value. */
async function isServed(name: string): Promise<void> {
  const value = scene.createSecret(name);
  await scene.objects.externalSecret(name, { refreshInterval: '1s', data: [{ secretKey: 'password', remoteRef: { key: name } }] });
  await scene.objects.untilValues(name, { password: value }, 5_000);
  const rotated = scene.rotate(name);
  await scene.objects.untilValues(name, { password: rotated }, 5_000);
}

describe.each(['hang', 'service-unavailable'] as const)('a region whose calls end with %s', (kind) => {
  it('delays no tenant of another region, before it is known to be down and afterwards', async () => {
    using _down = scene.aws.inject({ region: DOWN, fault: { kind } });
    for (let index = 0; index < RESOURCES; index += 1) {
      const remoteRef = { key: `far-${index}` };
      await theirs.externalSecret(`${kind}-${index}`, { refreshInterval: '1s', data: [{ secretKey: 'password', remoteRef }] });
    }
    await isServed(`${kind}-before`);
    const isKnown = async (): Promise<boolean> => (await scene.operator.metric('keytender_source_failing{scope="identity"}')) === 1;
    await waitUntil('the region is known to be down', isKnown, { timeoutMs: 90_000 });
    await isServed(`${kind}-after`);
    const conditions = (await untilObject(scene, 'secretstores', 'aws')).status?.conditions ?? [];
    expect(conditions.filter(({ type, status }) => type === 'Available' && status === 'False')).toEqual([]);
    for (let index = 0; index < RESOURCES; index += 1) await theirs.delete('externalsecrets', `${kind}-${index}`);
  });
});
