// ExternalSecrets without refreshes show a version that was read for others, and use it only on request.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import type { AnyObject } from '../../support/operator/objects.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { forceSync, readsOf, untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('pending', { flags: ['--default-refresh-interval=8760h', '--min-refresh-interval=1s'] });
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function create(name: string, secret: string, extra: object): Promise<void> {
  await scene.objects.externalSecret(name, { data: [{ secretKey: 'value', remoteRef: { key: secret } }], ...extra });
  await scene.objects.untilReason(name, 'SecretSynced');
}

function waits({ status }: AnyObject): { readonly reason: string; readonly message: string } | undefined {
  return status?.conditions?.find(({ type }) => type === 'UpToDate');
}

const untilWaits = (name: string) => untilObject(scene, 'externalsecrets', name, (object) => waits(object)?.reason === 'ChangePending');
const untilWaitsNot = (name: string) => untilObject(scene, 'externalsecrets', name, (object) => waits(object) === undefined);

const policies = {
  'on-change': { refreshPolicy: 'OnChange' },
  once: { refreshPolicy: 'CreatedOnce' },
  zero: { refreshInterval: '0' },
};

describe('a version that somebody else has seen', () => {
  it('is shown as pending, over restarts and without any further write, until it is taken', async () => {
    const value = scene.createSecret('pending/shared');
    for (const [name, policy] of Object.entries(policies)) await create(name, 'pending/shared', policy);
    expect(readsOf(scene, 'pending/shared')).toBe(1);
    await create('polling', 'pending/shared', { refreshInterval: '1s' });
    const next = scene.rotate('pending/shared');
    for (const name of Object.keys(policies)) expect(waits(await untilWaits(name))?.message).toContain('"pending/shared"');
    await scene.objects.untilValues('polling', { value: next });
    expect(waits(await scene.objects.untilReason('polling', 'SecretSynced'))).toBeUndefined();
    expect(await writesAtRest(scene)).toEqual([]);

    await scene.operator.stop();
    const since = scene.proxy.log.next;
    await scene.startOperator();
    expect(await writesAtRest(scene)).toEqual([]);
    expect(scene.proxy.log.writes({}, since).filter(({ resource }) => resource !== 'leases')).toEqual([]);
    for (const name of Object.keys(policies)) {
      expect(await scene.objects.values(name)).toEqual({ value });
      await forceSync(scene, name, 'now');
      await scene.objects.untilValues(name, { value: next });
      await untilWaitsNot(name);
    }
    await scene.objects.delete('externalsecrets', 'polling');
  });

  it('is shown no longer when AWS goes back to the version that is held', async () => {
    const value = scene.createSecret('pending/back');
    await create('back', 'pending/back', policies['on-change']);
    await create('polling-back', 'pending/back', { refreshInterval: '1s' });
    const held = scene.aws.secrets().describe('pending/back').labels['AWSCURRENT'] ?? '';
    scene.rotate('pending/back');
    await untilWaits('back');
    const newer = scene.aws.secrets().describe('pending/back').labels['AWSCURRENT'] ?? '';
    scene.aws.secrets().moveStage('pending/back', 'AWSCURRENT', { to: held, from: newer });
    await untilWaitsNot('back');
    expect(await scene.objects.values('back')).toEqual({ value });
    await scene.objects.delete('externalsecrets', 'polling-back');
  });

  it('is not looked for: without others nothing is asked', async () => {
    scene.createSecret('pending/alone');
    for (const [name, policy] of Object.entries(policies)) await create(`alone-${name}`, 'pending/alone', policy);
    scene.rotate('pending/alone');
    await create('pace', 'pending/shared', { refreshInterval: '1s' });
    await writesAtRest(scene, 3);
    expect(readsOf(scene, 'pending/alone')).toBe(1);
    for (const name of Object.keys(policies))
      expect(waits(await scene.objects.untilReason(`alone-${name}`, 'SecretSynced'))).toBeUndefined();
  });
});
