// Workloads restarted by an operator with other marker names: the next operator accepts these markers.
import { createHash } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { useSceneWithPods } from '../../support/operator/scene-with-pods.ts';
import { contentOf, createWorkload, markersOf, secondsAfter, untilRolledOut } from '../../support/operator/workloads.ts';

jest.setTimeout(120_000);

let scene: Scene;

useSceneWithPods('upgrade', (opened) => ({ scene } = opened));

const LONG = 'a'.repeat(100);
const digest = createHash('sha256').update(LONG).digest('hex').slice(0, 12);

interface Upgraded {
  /** Of the ExternalSecret, and of the secret in AWS. */
  readonly name: string;
  readonly secretName: string;
  readonly policy: 'Owner' | 'Merge';
  /** Names of the marker, without the prefix. */
  readonly former: string;
  readonly current: string;
}

const UPGRADED: readonly Upgraded[] = [
  { name: 'merging', secretName: 'shared', policy: 'Merge', former: 'shared.merging', current: 'shared' },
  { name: 'owning', secretName: LONG, policy: 'Owner', former: `${'a'.repeat(50)}-${digest}`, current: `${'a'.repeat(49)}__${digest}` },
];

/** The content id once the Secret holds `value`. */
async function contentOnce({ name, secretName }: Upgraded, value: string): Promise<string> {
  const written = { [name]: Buffer.from(value).toString('base64') };
  return waitUntil(`${name} is written`, async () => {
    const [secret, resource] = await Promise.all([scene.objects.get('secrets', secretName), scene.objects.get('externalsecrets', name)]);
    if (secret?.data?.[name] !== written[name]) return undefined;
    return contentOf(secret, resource?.metadata.uid);
  });
}

/** A Deployment whose pod is older than the last change of content, and whose marker, under its former name, states this content. */
async function leaveBehind(upgraded: Upgraded): Promise<void> {
  const { name, secretName, policy, former } = upgraded;
  const { objects, aws } = scene;
  const [value, other] = [scene.canaryValue(), scene.canaryValue()];
  aws.secrets().create(name, value);
  if (policy === 'Merge') await objects.create('secrets', { metadata: { name: secretName }, stringData: { theirs: 'x' } });
  await objects.externalSecret(name, {
    refreshInterval: '1s',
    target: { name: secretName, creationPolicy: policy },
    data: [{ secretKey: name, remoteRef: { key: name } }],
  });
  // Equal contents have equal ids, so the one that comes last is known by now.
  const content = await contentOnce(upgraded, value);
  aws.secrets().put(name, other);
  await contentOnce(upgraded, other);
  const labels = { app: name };
  const annotations = { [`restart.keytender.dev/${former}`]: content };
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image: 'app:1' }] };
  await createWorkload(objects, 'Deployment', name, { template: { metadata: { labels, annotations }, spec } });
  await untilRolledOut(objects, 'Deployment', name);
  await secondsAfter(Date.now(), 3);
  aws.secrets().put(name, value);
  expect(await contentOnce(upgraded, value)).toBe(content);
}

/** The records as the earlier version wrote them: it counted no changes. */
async function forgetChanges(secretName: string): Promise<void> {
  const { annotations = {} } = (await scene.objects.get('secrets', secretName))?.metadata ?? {};
  const records = Object.entries(annotations).filter(([name]) => name.startsWith('record.keytender.dev/'));
  const earlier = records.map(([name, text]) => {
    const { sequence: _, changes: __, ...record } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return [name, JSON.stringify(record)] as const;
  });
  await scene.objects.patch('secrets', secretName, { metadata: { annotations: Object.fromEntries(earlier) } });
}

describe('an operator that follows one whose markers had other names', () => {
  it('changes no template at its start, and each once at the next change of content', async () => {
    for (const upgraded of UPGRADED) await leaveBehind(upgraded);
    await scene.operator.stop();
    for (const { secretName } of UPGRADED) await forgetChanges(secretName);
    for (const { name } of UPGRADED) {
      await scene.objects.patch('externalsecrets', name, { spec: { restart: { targets: [{ kind: 'Deployment', name }] } } });
    }
    await scene.startOperator();
    for (const { name } of UPGRADED) {
      await waitUntil(`it is said of the targets of ${name}`, async () => {
        const resource = await scene.objects.get('externalsecrets', name);
        return ((resource?.status?.['restarts'] ?? []) as readonly unknown[]).length > 0;
      });
    }
    expect(await writesAtRest(scene, 1)).toEqual([]);
    for (const { name } of UPGRADED) expect((await scene.objects.get('deployments', name))?.metadata.generation).toBe(1);

    for (const upgraded of UPGRADED) {
      const { name, current } = upgraded;
      const content = await contentOnce(upgraded, scene.rotate(name));
      const rolled = await waitUntil(`${name} is rolled`, async () => {
        const workload = await scene.objects.get('deployments', name);
        return markersOf(workload)[current] === content ? workload : undefined;
      });
      // The former one is stale, and goes in the same patch.
      expect(Object.keys(markersOf(rolled))).toEqual([current]);
    }
    expect(await writesAtRest(scene, 1)).toEqual([]);
    for (const { name } of UPGRADED) expect((await scene.objects.get('deployments', name))?.metadata.generation).toBe(2);
  });
});
