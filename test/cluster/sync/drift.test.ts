// A second writer that writes repeatedly: repairs slow down, the status names the problem, and it recovers when the writer stops.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf, type AnyObject } from '../../support/operator/objects.ts';
import { untilObject } from '../../support/operator/waits.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('drift');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

const fighting = (object: AnyObject): boolean => readyOf(object)?.reason === 'DriftFight';

/** Spoils the Secret each time that it is repaired, until the operator gives in. Returns how often that was. */
async function fight(name: string, isWhole: (secret: AnyObject) => boolean, spoil: () => Promise<unknown>): Promise<number> {
  for (let rounds = 0; ; rounds += 1) {
    if (rounds === 50) throw new Error('fifty repairs, and no end');
    await spoil();
    const next = await waitUntil('a repair or DriftFight', async () => {
      const secret = await scene.objects.get('secrets', name);
      if (secret !== undefined && isWhole(secret)) return 'repaired';
      const resource = await scene.objects.get('externalsecrets', name);
      return resource !== undefined && fighting(resource) && 'given in';
    });
    if (next === 'given in') return rounds;
  }
}

describe('who again and again', () => {
  it('changes the values of a Secret is named', async () => {
    const value = scene.createSecret('drift/values');
    await scene.objects.externalSecret('values', { data: [{ secretKey: 'value', remoteRef: { key: 'drift/values' } }] });
    await scene.objects.untilReason('values', 'SecretSynced');
    const encoded = Buffer.from(value).toString('base64');
    const repairs = await fight(
      'values',
      ({ data }) => data?.['value'] === encoded,
      () => scene.objects.patch('secrets', 'values', { stringData: { value: 'spoilt' } }),
    );
    expect(repairs).toBeLessThanOrEqual(10);
    const fought = await untilObject(scene, 'externalsecrets', 'values', fighting);
    expect(readyOf(fought)?.message).toContain(
      'Secret "values" was changed or deleted by somebody else again and again; another client changes this Secret',
    );
    // The pace is ten seconds at first.
    await scene.objects.untilValues('values', { value }, 20_000);
    await untilObject(scene, 'externalsecrets', 'values', (object) => readyOf(object)?.reason === 'SecretSynced');
  });

  it.each([
    ['takes off its labels', 'labels', () => scene.objects.patch('secrets', 'labels', { metadata: { labels: { app: null } } })],
    [
      'takes off its managed label',
      'managed',
      () => scene.objects.patch('secrets', 'managed', { metadata: { labels: { app: null, 'keytender.dev/managed': null } } }),
    ],
    ['deletes it', 'deletions', () => scene.objects.delete('secrets', 'deletions')],
  ])('%s is named', async (_title, name, spoil) => {
    scene.createSecret(`drift/${name}`);
    await scene.objects.externalSecret(name, {
      target: { template: { metadata: { labels: { app: 'a' } } } },
      data: [{ secretKey: 'value', remoteRef: { key: `drift/${name}` } }],
    });
    await scene.objects.untilReason(name, 'SecretSynced');
    const repairs = await fight(name, ({ metadata }) => metadata.labels?.['app'] === 'a', spoil);
    expect(repairs).toBeLessThanOrEqual(10);
  });

  it('rotates the secret in AWS is not taken for one who fights', async () => {
    scene.createSecret('drift/rotations');
    await scene.objects.externalSecret('rotations', {
      refreshInterval: '1s',
      data: [{ secretKey: 'value', remoteRef: { key: 'drift/rotations' } }],
    });
    await scene.objects.untilReason('rotations', 'SecretSynced');
    for (let rotation = 0; rotation < 8; rotation += 1) {
      const value = scene.rotate('drift/rotations');
      await scene.objects.untilValues('rotations', { value }, 5_000);
    }
    await scene.objects.untilReason('rotations', 'SecretSynced');
  });
});
