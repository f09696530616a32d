// Lists that are refused at a start: the operator serves the other resources, reports the missing lists, and continues without a restart
// after the permission is granted.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { createWorkload, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(90_000);

let scene: Scene;

beforeEach(async () => {
  scene = await openScene('refused-lists', { start: false });
  await scene.createStore();
}, 60_000);

afterEach(() => scene?.[Symbol.asyncDispose]());

const FORBIDDEN = { kind: 'status', code: 403, reason: 'Forbidden', message: 'it is forbidden' } as const;

async function create(name: string, extra: object = {}): Promise<string> {
  const value = scene.createSecret(name);
  await scene.objects.externalSecret(name, { data: [{ secretKey: 'password', remoteRef: { key: name } }], ...extra });
  return value;
}

const readiness = async (): Promise<string> => (await fetch(`${scene.operator.probeUrl}/readyz?verbose`)).text();

describe('a start', () => {
  it('with a namespace of which nothing may be listed serves the others', async () => {
    const gone = `${scene.namespace}-gone`;
    scene.proxy.inject({ verb: 'list', namespace: gone, fault: FORBIDDEN });
    await scene.startOperator([`--namespaces=${scene.namespace},${gone}`]);
    await scene.objects.untilValues('served', { password: await create('served') });
    expect(await readiness()).toMatch(new RegExp(`^\\[\\+]synced ok: not listed: .*Secret in namespace ${gone}`, 'm'));
    expect(await scene.operator.metric(`keytender_unlisted{kind="Secret",scope="${gone}"}`)).toBe(1);
    expect(scene.operator.logLines().map(({ msg }) => msg)).toContain('not everything could be listed; the rest is served');
  });

  it('without the right to list StatefulSets rolls the others, says that it does not know of one, and rolls it once it may', async () => {
    const refused = scene.proxy.inject({ verb: 'list', resource: 'statefulsets', fault: FORBIDDEN });
    await createWorkload(scene.objects, 'Deployment', 'app');
    await createWorkload(scene.objects, 'StatefulSet', 'agent');
    const targets = [
      { kind: 'Deployment', name: 'app' },
      { kind: 'StatefulSet', name: 'agent' },
    ];
    await create('both', { refreshInterval: '1s', restart: { targets } });
    await scene.startOperator();
    const unknown = async (): Promise<boolean> => {
      const conditions = (await scene.objects.get('externalsecrets', 'both'))?.status?.conditions ?? [];
      return conditions.some(({ reason, message }) => reason === 'Forbidden' && message?.includes('cannot list StatefulSets'));
    };
    await waitUntil('its status says so', unknown);
    await scene.objects.untilValues('both', { password: scene.rotate('both') });
    await untilMarked(scene.objects, 'Deployment', 'app', 'both');
    refused.remove();
    await waitUntil('its status does not say so any more', async () => !(await unknown()), { timeoutMs: 60_000 });
    scene.rotate('both');
    await untilMarked(scene.objects, 'StatefulSet', 'agent', 'both');
    expect(await readiness()).toMatch(/^\[\+]synced ok$/m);
  });

  it('without the right to list Secrets works on nothing there, says so on each ExternalSecret, and begins once it may', async () => {
    const gone = `${scene.namespace}-gone`;
    const value = await create('held');
    const refused = scene.proxy.inject({ verb: 'list', resource: 'secrets', namespace: scene.namespace, fault: FORBIDDEN });
    await scene.startOperator([`--namespaces=${scene.namespace},${gone}`]);
    const held = await scene.objects.untilReason('held', 'NotListed');
    const message = expect.stringMatching(
      `^the operator cannot list Secret in namespace ${scene.namespace}; grant the operator list and watch`,
    );
    expect(readyOf(held)).toMatchObject({ status: 'Unknown', message });
    await waitUntil('an Event says so', async () => {
      const events = await scene.objects.list('events');
      return events.some(({ reason, note }) => reason === 'NotListed' && note === readyOf(held)?.message);
    });
    expect(await scene.objects.get('secrets', 'held')).toBeUndefined();
    refused.remove();
    await scene.objects.untilValues('held', { password: value }, 60_000);
    expect(readyOf(await scene.objects.untilReason('held', 'SecretSynced'))?.status).toBe('True');
  });
});
