// Tags in Secrets (metadataPolicy: Fetch), of both services: one, all, as keys; beside the value of the same key; and when they change.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { type AnyObject, readyOf } from '../../support/operator/objects.ts';
import { writesAtRest, writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { untilObject } from '../../support/operator/waits.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('tags', { flags: ['--default-refresh-interval=8760h'] });
  await scene.createStore('secretsmanager');
  await scene.createStore('parameterstore', { service: 'ParameterStore' });
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

const services = ['SecretsManager', 'ParameterStore'] as const;

describe.each(services)('tags of %s', (service) => {
  const operation = service === 'SecretsManager' ? 'DescribeSecret' : 'ListTagsForResource';
  const store = { secretStoreRef: { name: service.toLowerCase() } };
  const name = (suffix: string): string => `${service.toLowerCase()}-${suffix}`;

  function tag(key: string, tags: Readonly<Record<string, string>>): void {
    if (service === 'SecretsManager') scene.aws.secrets().tag(key, tags);
    else scene.aws.parameters().tag(key, tags);
  }

  /** A value that is a canary. */
  function create(key: string, tags: Readonly<Record<string, string>>): string {
    const value = scene.canaryValue();
    if (service === 'SecretsManager') scene.aws.secrets().create(key, value);
    else scene.aws.parameters().put(key, value);
    tag(key, tags);
    return value;
  }

  const fetched = (key: string, property?: string): object => ({
    key,
    metadataPolicy: 'Fetch',
    ...(property === undefined ? {} : { property }),
  });

  it('are in the Secret: one, all, and as keys of their own, beside the value', async () => {
    const value = create('/kinds', { team: 'shop', 'app/owner': 'Ann' });
    await scene.objects.externalSecret(name('kinds'), {
      ...store,
      data: [
        { secretKey: 'value', remoteRef: { key: '/kinds' } },
        { secretKey: 'all', remoteRef: fetched('/kinds') },
        { secretKey: 'owner', remoteRef: fetched('/kinds', 'app/owner') },
      ],
      dataFrom: [{ extract: fetched('/kinds') }],
    });
    const all = '{"app/owner":"Ann","team":"shop"}';
    await scene.objects.untilValues(name('kinds'), { value, all, owner: 'Ann', team: 'shop', app_owner: 'Ann' });
    expect(scene.aws.calls.count(operation, '/kinds')).toBe(1);
    const { status } = await scene.objects.untilReason(name('kinds'), 'SecretSynced');
    expect(status?.['sources']).toMatchObject([
      { key: '/kinds', tags: true, versionId: expect.stringMatching(/^tags-/) },
      { key: '/kinds', stage: 'AWSCURRENT' },
    ]);
  });

  it('that change show at the next refresh, and nothing is written while they are the same', async () => {
    const value = create('/changes', { team: 'shop' });
    await scene.objects.externalSecret(name('changes'), {
      ...store,
      refreshInterval: '1s',
      data: [
        { secretKey: 'value', remoteRef: { key: '/changes' } },
        { secretKey: 'team', remoteRef: fetched('/changes', 'team') },
      ],
    });
    await scene.objects.untilValues(name('changes'), { value, team: 'shop' });
    tag('/changes', { team: 'billing' });
    await scene.objects.untilValues(name('changes'), { value, team: 'billing' }, 5_000);
    await writesAtRest(scene, 1);
    const asked = scene.aws.calls.count(operation, '/changes');
    // The same tag once more is no change.
    tag('/changes', { team: 'billing' });
    expect(await writesDuringRefreshes(scene, 4)).toEqual([]);
    await waitUntil('tags are asked for again', () => scene.aws.calls.count(operation, '/changes') > asked);
    await scene.objects.delete('externalsecrets', name('changes'));
  });

  it('are followed for a target that is not written, too, and told once', async () => {
    create('/none', { team: 'shop' });
    const spec = { data: [{ secretKey: 'team', remoteRef: fetched('/none', 'team') }], target: { creationPolicy: 'None' } };
    await scene.objects.externalSecret(name('none'), { ...store, ...spec, refreshInterval: '1s' });
    const versionOf = ({ status }: AnyObject): unknown => (status?.['sources'] as { versionId: string }[] | undefined)?.[0]?.versionId;
    const before = versionOf(await scene.objects.untilReason(name('none'), 'Validated'));
    tag('/none', { team: 'billing' });
    await untilObject(scene, 'externalsecrets', name('none'), (object) => versionOf(object) !== before);
    expect(await writesAtRest(scene, 3)).toEqual([]);
    await scene.objects.delete('externalsecrets', name('none'));
  });

  it('that are missing, or denied, are told by name', async () => {
    create('/missing', { team: 'shop' });
    await scene.objects.externalSecret(name('missing'), { ...store, data: [{ secretKey: 'a', remoteRef: fetched('/missing', 'owner') }] });
    expect(readyOf(await scene.objects.untilReason(name('missing'), 'PropertyNotFound'))?.message).toContain('property "owner"');
    create('/denied', { team: 'shop' });
    using _denied = scene.aws.inject({ secretId: '/denied', fault: { kind: 'access-denied' } });
    await scene.objects.externalSecret(name('denied'), { ...store, data: [{ secretKey: 'a', remoteRef: fetched('/denied') }] });
    const denied = readyOf(await scene.objects.untilReason(name('denied'), 'AccessDenied'))?.message;
    expect(denied).toContain(`:${operation} for `);
    expect(denied).toMatch(/ may not call \w+:\w+ for \w+ "\/denied" \(tags\) in \S+: .*; allow the call on this /);
  });
});
