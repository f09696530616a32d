// The age of the content of a Secret: in the status, the metrics and /debug/freshness, across failures and restarts.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { forceSync, readsOf } from '../../support/operator/waits.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('freshness', { flags: ['--default-refresh-interval=8760h', '--min-refresh-interval=1s', '--debug-endpoints'] });
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

async function create(name: string, secret: string, extra: object = {}): Promise<void> {
  await scene.objects.externalSecret(name, { data: [{ secretKey: 'value', remoteRef: { key: secret } }], ...extra });
  await scene.objects.untilReason(name, 'SecretSynced');
}

async function refreshTime(name: string): Promise<string> {
  return String((await scene.objects.get('externalsecrets', name))?.status?.['refreshTime']);
}

interface Line {
  readonly name: string;
  readonly state: string;
  readonly from?: string;
  readonly confirmedAt?: string;
  readonly ageSeconds?: number;
}

async function debugLine(name: string): Promise<Line | undefined> {
  const url = `${scene.operator.metricsUrl.replace('/metrics', '/debug/freshness')}?namespace=${scene.namespace}&name=${name}`;
  const answer = await fetch(url);
  const text = await answer.text();
  return answer.ok && text !== '' ? (JSON.parse(text) as Line) : undefined;
}

const isStalest = async (name: string): Promise<boolean> =>
  (await scene.operator.metrics()).includes(`keytender_stalest_success_age_seconds{namespace="${scene.namespace}",name="${name}"}`);

describe('refreshTime', () => {
  it('is when AWS confirmed what the Secret holds, also when it came from memory, and failures leave it', async () => {
    scene.createSecret('freshness/shared');
    await create('first', 'freshness/shared');
    const confirmed = await refreshTime('first');
    await waitUntil('a second has gone by', () => Date.now() - Date.parse(confirmed) > 1_000);
    await create('second', 'freshness/shared');
    expect(readsOf(scene, 'freshness/shared')).toBe(1);
    expect(await refreshTime('second')).toBe(confirmed);
    using _denial = scene.aws.inject({ secretId: 'freshness/shared', fault: { kind: 'access-denied' } });
    await forceSync(scene, 'second', 'now');
    await scene.objects.untilReason('second', 'AccessDenied');
    expect(await refreshTime('second')).toBe(confirmed);
  });
});

describe('the age of what is held', () => {
  it('is what this process has heard from AWS, and after a restart it is open until AWS was heard again', async () => {
    scene.createSecret('freshness/refreshed');
    await create('refreshed', 'freshness/refreshed', { refreshInterval: '1s' });
    await create('on-change', 'freshness/refreshed', { refreshPolicy: 'OnChange' });
    await create('once', 'freshness/refreshed', { refreshPolicy: 'CreatedOnce' });
    const written = await refreshTime('refreshed');
    const heard = async (): Promise<Line | undefined> => {
      const line = await debugLine('refreshed');
      return line?.state === 'confirmed' && Date.parse(line.confirmedAt ?? '') > Date.parse(written) ? line : undefined;
    };
    expect(await waitUntil('a refresh that wrote nothing counts', heard)).toMatchObject({ from: 'AWS' });
    expect(await refreshTime('refreshed')).toBe(written);
    expect(await isStalest('refreshed')).toBe(true);
    for (const name of ['on-change', 'once']) {
      expect(await debugLine(name)).toMatchObject({ state: 'unrefreshed', from: 'status' });
      expect(await isStalest(name)).toBe(false);
    }

    const hang = scene.aws.inject({ fault: { kind: 'hang' } });
    await scene.operator.stop();
    await scene.startOperator();
    const line = await waitUntil('it is seen', () => debugLine('refreshed'));
    expect(line).toMatchObject({ state: 'unconfirmed', from: 'status', confirmedAt: written });
    expect(await isStalest('refreshed')).toBe(false);
    expect(await scene.operator.metric('keytender_externalsecrets_unconfirmed')).toBeGreaterThan(0);
    hang.remove();
    await waitUntil('AWS is heard', heard);
    expect(await isStalest('refreshed')).toBe(true);
  });

  it('of one that fails goes on from its last success', async () => {
    scene.createSecret('freshness/failing');
    await create('failing', 'freshness/failing', { refreshInterval: '1s' });
    await waitUntil('it is refreshed', async () => (await debugLine('failing'))?.state === 'confirmed');
    using _denial = scene.aws.inject({ secretId: 'freshness/failing', fault: { kind: 'access-denied' } });
    await scene.objects.untilReason('failing', 'AccessDenied');
    // The operator sees its own status by a watch, as everybody does.
    await waitUntil('it is told as failing', async () => (await debugLine('failing'))?.state === 'failing');
    const failing = await debugLine('failing');
    await waitUntil('it ages', async () => ((await debugLine('failing'))?.ageSeconds ?? 0) >= 3);
    expect((await debugLine('failing'))?.confirmedAt).toBe(failing?.confirmedAt);
    expect(await isStalest('failing')).toBe(true);
  });
});
