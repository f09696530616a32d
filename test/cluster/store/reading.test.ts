// Conditions of a store about its reads: AWS does not answer, and a missing permission makes reads more expensive. Each is reported once.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { followObjects } from '../../support/operator/history.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(90_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('store-reading');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

interface Said {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

async function untilSaid(type: string): Promise<Said> {
  const of = (object: { readonly status?: { readonly [field: string]: unknown } }): Said | undefined =>
    (object.status?.['conditions'] as readonly Said[] | undefined)?.find((condition) => condition.type === type);
  const said = of(await untilObject(scene, 'secretstores', 'aws', (object) => of(object) !== undefined, 60_000));
  if (said === undefined) throw new Error(`the store says nothing of ${type}`);
  return said;
}

async function eventsOf(reason: string): Promise<number> {
  const events = await scene.objects.list('events');
  return events.filter((event) => (event as { readonly reason?: string }).reason === reason).length;
}

describe('a store', () => {
  it('says once that secrets are read one by one, and which permission is missing', async () => {
    scene.aws.inject({ operation: 'BatchGetSecretValue', fault: { kind: 'access-denied' } });
    const names = ['one', 'two', 'three'];
    const values = names.map((name) => scene.createSecret(name));
    await scene.objects.externalSecret('all', {
      refreshInterval: '1s',
      data: names.map((key) => ({ secretKey: key, remoteRef: { key } })),
    });
    await scene.objects.untilValues('all', Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])));
    expect(await untilSaid('BatchReads')).toMatchObject({ status: 'False', reason: 'BatchReadsDenied' });
    await waitUntil('an Event says so', async () => (await eventsOf('BatchReadsDenied')) === 1);
  });

  it('says once that AWS does not answer, while what was read stays as it is', async () => {
    await using secrets = await followObjects(scene, 'secrets');
    await using stores = await followObjects(scene, 'secretstores');
    const outage = scene.aws.inject({ fault: { kind: 'internal-error' } });
    expect(await untilSaid('Available')).toMatchObject({ status: 'False', reason: 'AWSUnavailable' });
    const hits = outage.hits;
    await waitUntil('it is tried again', () => outage.hits > hits);
    await Promise.all([stores.untilCurrent('aws'), secrets.untilCurrent('all')]);
    expect(stores.of('aws').length).toBe(1);
    expect(secrets.of('all')).toEqual([]);
  });
});
