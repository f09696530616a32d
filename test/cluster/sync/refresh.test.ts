// The times of reads of AWS, and no write without a change.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { forceSync, readsOf, untilCaughtUp, untilObject } from '../../support/operator/waits.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  // Where tests count reads, no slot of a usual interval may fall into them.
  scene = await openScene('refresh', { flags: ['--default-refresh-interval=8760h'] });
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

function following(secret: string, extra: object = {}): object {
  return { data: [{ secretKey: 'value', remoteRef: { key: secret } }], ...extra };
}

/** ExternalSecrets that refresh often would disturb the counts of other tests. */
async function retire(...names: readonly string[]): Promise<void> {
  for (const name of names) await scene.objects.delete('externalsecrets', name);
}

describe('a periodic refresh', () => {
  it('brings a change in AWS within the interval', async () => {
    scene.createSecret('refresh/change');
    await scene.objects.externalSecret('change', following('refresh/change', { refreshInterval: '2s' }));
    await scene.objects.untilReason('change', 'SecretSynced');
    const value = scene.rotate('refresh/change');
    await scene.objects.untilValues('change', { value }, 4_000);
    const changed = await untilObject(scene, 'externalsecrets', 'change', ({ status }) => status?.['lastChangeTime'] !== undefined);
    const version = scene.aws.secrets().describe('refresh/change').labels['AWSCURRENT'];
    expect(changed.status?.['sources']).toMatchObject([{ key: 'refresh/change', stage: 'AWSCURRENT', versionId: version }]);
    await retire('change');
  });

  it('that finds nothing changed writes nothing, and reads each secret once however many use it', async () => {
    const shared = scene.createSecret('refresh/shared');
    const names = Array.from({ length: 10 }, (_, index) => `shared-${index}`);
    await Promise.all(names.map((name) => scene.objects.externalSecret(name, following('refresh/shared', { refreshInterval: '1s' }))));
    await Promise.all(names.map((name) => scene.objects.untilReason(name, 'SecretSynced')));
    for (const name of names) expect(await scene.objects.values(name)).toEqual({ value: shared });
    // The first refreshes may still see Events being written.
    await writesDuringRefreshes(scene, 2);
    const before = readsOf(scene, 'refresh/shared');
    const started = performance.now();
    const writes = await writesDuringRefreshes(scene, 4);
    const seconds = (performance.now() - started) / 1_000;
    expect(writes).toEqual([]);
    expect(readsOf(scene, 'refresh/shared') - before).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    await retire(...names);
  });

  it('is spared a read of its own when ten begin at once', async () => {
    scene.createSecret('refresh/together');
    const names = Array.from({ length: 10 }, (_, index) => `together-${index}`);
    await Promise.all(names.map((name) => scene.objects.externalSecret(name, following('refresh/together'))));
    await Promise.all(names.map((name) => scene.objects.untilReason(name, 'SecretSynced')));
    expect(readsOf(scene, 'refresh/together')).toBe(1);
  });

  it.each(['0', '0s'])('does not happen with an interval of %s', async (refreshInterval) => {
    const name = `zero-${refreshInterval}`;
    const value = scene.createSecret(`refresh/${name}`);
    await scene.objects.externalSecret(name, following(`refresh/${name}`, { refreshInterval }));
    await scene.objects.untilReason(name, 'SecretSynced');
    scene.rotate(`refresh/${name}`);
    // Another one on the same secret, and its refreshes, must not carry it along.
    await scene.objects.externalSecret(`${name}-beside`, following(`refresh/${name}`, { refreshInterval: '1s' }));
    const reads = readsOf(scene, `refresh/${name}`);
    await waitUntil('two more refreshes', () => readsOf(scene, `refresh/${name}`) >= reads + 2);
    expect(await scene.objects.values(name)).toEqual({ value });
    await retire(`${name}-beside`);
  });
});

describe('refreshPolicy', () => {
  it('CreatedOnce reads until the Secret is there, and again when it is gone', async () => {
    const value = scene.createSecret('refresh/once');
    await scene.objects.externalSecret('once', following('refresh/once', { refreshPolicy: 'CreatedOnce', refreshInterval: '1s' }));
    await scene.objects.untilReason('once', 'SecretSynced');
    const next = scene.rotate('refresh/once');
    scene.createSecret('refresh/once-other');
    // A later specification does not matter either.
    await scene.objects.patch('externalsecrets', 'once', { spec: following('refresh/once-other') });
    await scene.objects.untilReason('once', 'SecretSynced');
    await scene.objects.patch('externalsecrets', 'once', { spec: following('refresh/once') });
    await scene.objects.untilReason('once', 'SecretSynced');
    expect(await scene.objects.values('once')).toEqual({ value });
    expect(readsOf(scene, 'refresh/once')).toBe(1);
    expect(readsOf(scene, 'refresh/once-other')).toBe(0);
    await forceSync(scene, 'once', 'now');
    await scene.objects.untilValues('once', { value: next });
    await scene.objects.delete('secrets', 'once');
    await scene.objects.untilValues('once', { value: next });
  });

  it('OnChange reads when the ExternalSecret changes', async () => {
    const value = scene.createSecret('refresh/on-change');
    await scene.objects.externalSecret('on-change', following('refresh/on-change', { refreshPolicy: 'OnChange', refreshInterval: '1s' }));
    await scene.objects.untilReason('on-change', 'SecretSynced');
    const reads = readsOf(scene, 'refresh/on-change');
    scene.rotate('refresh/on-change');
    const other = scene.createSecret('refresh/on-change-other');
    await untilCaughtUp(scene, 'on-change-marker');
    expect(await scene.objects.values('on-change')).toEqual({ value });
    expect(readsOf(scene, 'refresh/on-change')).toBe(reads);
    await scene.objects.patch('externalsecrets', 'on-change', { spec: following('refresh/on-change-other') });
    await scene.objects.untilValues('on-change', { value: other }, 5_000);
  });
});

describe('the annotation force-sync', () => {
  it('acts once for each value, past the cache', async () => {
    scene.createSecret('refresh/forced');
    await scene.objects.externalSecret('forced', following('refresh/forced'));
    await scene.objects.untilReason('forced', 'SecretSynced');
    const value = scene.rotate('refresh/forced');
    await forceSync(scene, 'forced', 'first');
    await scene.objects.untilValues('forced', { value }, 5_000);
    await untilObject(scene, 'externalsecrets', 'forced', ({ status }) => status?.['forceSync'] === 'first');
    expect(readsOf(scene, 'refresh/forced')).toBe(2);
    await forceSync(scene, 'forced', 'first');
    await scene.objects.patch('externalsecrets', 'forced', { metadata: { annotations: { 'example.com/other': 'x' } } });
    await untilCaughtUp(scene, 'forced-marker');
    expect(readsOf(scene, 'refresh/forced')).toBe(2);
    await forceSync(scene, 'forced', 'second');
    await waitUntil('one more read', () => readsOf(scene, 'refresh/forced') === 3);
  });

  it('acts past a failure that rests', async () => {
    const value = scene.createSecret('refresh/denied');
    using denial = scene.aws.inject({ secretId: 'refresh/denied', fault: { kind: 'access-denied' } });
    await scene.objects.externalSecret('denied', following('refresh/denied'));
    await scene.objects.untilReason('denied', 'AccessDenied');
    denial.remove();
    await forceSync(scene, 'denied', 'repaired');
    await scene.objects.untilReason('denied', 'SecretSynced', 5_000);
    expect(await scene.objects.values('denied')).toEqual({ value });
  });
});

describe('a person', () => {
  it('can suspend and resume', async () => {
    const value = scene.createSecret('refresh/suspended');
    await scene.objects.externalSecret('suspended', following('refresh/suspended', { refreshInterval: '1s' }));
    await scene.objects.untilReason('suspended', 'SecretSynced');
    await scene.objects.patch('externalsecrets', 'suspended', { spec: { suspend: true } });
    const suspended = await scene.objects.untilReason('suspended', 'Suspended');
    expect(readyOf(suspended)?.message).toBe('suspended; the Secret stays as it was last written');
    const reads = readsOf(scene, 'refresh/suspended');
    const next = scene.rotate('refresh/suspended');
    await forceSync(scene, 'suspended', 'ignored');
    await untilCaughtUp(scene, 'suspended-marker');
    scene.createSecret('refresh/pace');
    await scene.objects.externalSecret('pace', following('refresh/pace', { refreshInterval: '1s' }));
    await waitUntil('others are refreshed twice', () => readsOf(scene, 'refresh/pace') >= 3);
    expect(readsOf(scene, 'refresh/suspended')).toBe(reads);
    expect(await scene.objects.values('suspended')).toEqual({ value });
    await scene.objects.patch('externalsecrets', 'suspended', { spec: { suspend: false } });
    await scene.objects.untilReason('suspended', 'SecretSynced');
    await scene.objects.untilValues('suspended', { value: next });
    await retire('suspended', 'pace');
  });

  it('who begins with suspend sees no Secret', async () => {
    scene.createSecret('refresh/never');
    await scene.objects.externalSecret('never', following('refresh/never', { suspend: true }));
    const suspended = await scene.objects.untilReason('never', 'Suspended');
    expect(readyOf(suspended)).toMatchObject({ status: 'False', message: 'suspended; no Secret was written yet' });
    expect(readsOf(scene, 'refresh/never')).toBe(0);
  });

  it('who changes the specification sees the effect at once', async () => {
    const value = scene.createSecret('refresh/spec');
    const other = scene.createSecret('refresh/spec-other');
    await scene.objects.externalSecret('spec', following('refresh/spec'));
    await scene.objects.untilReason('spec', 'SecretSynced');
    await scene.objects.patch('externalsecrets', 'spec', {
      spec: {
        data: [
          { secretKey: 'value', remoteRef: { key: 'refresh/spec' } },
          { secretKey: 'other', remoteRef: { key: 'refresh/spec-other' } },
        ],
      },
    });
    await scene.objects.untilValues('spec', { value, other }, 5_000);
    await scene.objects.patch('externalsecrets', 'spec', {
      spec: { data: [{ secretKey: 'renamed', remoteRef: { key: 'refresh/spec' } }] },
    });
    await scene.objects.untilValues('spec', { renamed: value }, 5_000);
    expect(readsOf(scene, 'refresh/spec')).toBe(1);
  });

  it.each([
    ['edits', () => scene.objects.patch('secrets', 'edits', { stringData: { value: 'spoilt', more: 'x' } })],
    ['empties', () => scene.objects.patch('secrets', 'empties', { data: null })],
    ['deletes', () => scene.objects.delete('secrets', 'deletes')],
    ['loses-record', () => loseRecord('loses-record')],
  ])('who %s the Secret sees it repaired at once, without a call to AWS', async (name, spoil) => {
    const value = scene.createSecret(`refresh/${name}`);
    await scene.objects.externalSecret(name, following(`refresh/${name}`));
    await scene.objects.untilReason(name, 'SecretSynced');
    const before = await scene.objects.get('secrets', name);
    await spoil();
    await untilObject(scene, 'secrets', name, ({ metadata }) => metadata.resourceVersion !== before?.metadata.resourceVersion);
    await scene.objects.untilValues(name, { value }, 5_000);
    await untilObject(scene, 'secrets', name, ({ metadata }) => recordNames(metadata.annotations).length === 1, 5_000);
    expect(readsOf(scene, `refresh/${name}`)).toBe(1);
    const { status } = await scene.objects.untilReason(name, 'SecretSynced');
    expect(status?.['lastChangeTime']).toBeUndefined();
  });
});

function recordNames(annotations: Readonly<Record<string, string>> | undefined): readonly string[] {
  return Object.keys(annotations ?? {}).filter((name) => name.startsWith('record.keytender.dev/'));
}

async function loseRecord(name: string): Promise<void> {
  const secret = await scene.objects.get('secrets', name);
  const gone = Object.fromEntries(recordNames(secret?.metadata.annotations).map((annotation) => [annotation, null]));
  await scene.objects.patch('secrets', name, { metadata: { annotations: gone } });
}
