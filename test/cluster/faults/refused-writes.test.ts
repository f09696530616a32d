// An API server that refuses, delays or breaks writes: conflicts, rate limits, errors, resets. Each fault ends without a lasting effect.
import { describe, expect, it, jest } from '@jest/globals';
import type { Fault, InjectedFault } from '../../support/api-proxy/fault-table.ts';
import { Lanes } from '../../support/operator/lanes.ts';
import { writesAtRest } from '../../support/operator/refreshes.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { openSceneWithSecrets } from '../../support/operator/scene-with-secrets.ts';
import { contentOf, createWorkload, markersOf, untilMarked } from '../../support/operator/workloads.ts';

jest.setTimeout(60_000);

const lanes = new Lanes(3, () => openSceneWithSecrets('refused-writes'));

async function create(scene: Scene, id: string): Promise<void> {
  await createWorkload(scene.objects, 'Deployment', id);
  await scene.objects.externalSecret(id, {
    refreshInterval: '1s',
    data: [{ secretKey: 'password', remoteRef: { key: id } }],
    restart: { targets: [{ kind: 'Deployment', name: id }] },
  });
}

async function untilReported(scene: Scene, id: string): Promise<void> {
  await waitUntil('the status speaks of the content and the restart', async () => {
    const { status } = await scene.objects.untilReason(id, 'SecretSynced');
    const content = contentOf(await scene.objects.get('secrets', id));
    const [restart] = (status?.['restarts'] ?? []) as readonly { readonly content?: string }[];
    return status?.['content'] === content && restart?.content === content;
  });
}

const WRITES = ['create', 'patch', 'update', 'delete'] as const;

const RESOURCES = ['secrets', 'externalsecrets', 'deployments', 'events'] as const;

/** A status meets it once: between its tries lie seconds, which double. */
function plantOn(scene: Scene, resource: (typeof RESOURCES)[number], times: number, fault: Fault): InjectedFault {
  return scene.proxy.inject({ verb: WRITES, resource, times: resource === 'externalsecrets' ? 1 : times, fault });
}

const FAULTS: readonly (readonly [name: string, times: number, fault: Fault])[] = [
  ['a conflict', 1, { kind: 'status', code: 409 }],
  ['three conflicts', 3, { kind: 'status', code: 409 }],
  ['six conflicts', 6, { kind: 'status', code: 409 }],
  ['a rate limit with Retry-After', 1, { kind: 'status', code: 429, retryAfterSeconds: 1 }],
  ['two internal errors', 2, { kind: 'status', code: 500 }],
  ['a service unavailable', 1, { kind: 'status', code: 503 }],
  ['two resets', 2, { kind: 'reset' }],
  ['a lost answer', 1, { kind: 'lose-response' }],
  ['latency', 20, { kind: 'latency', ms: 150 }],
];

describe('every write of the operator meets', () => {
  it.concurrent.each(FAULTS)('%s: one content, one change, one roll', (name, times, fault) =>
    lanes.run(async ({ scene, secrets }) => {
      const id = name.replaceAll(/[^a-z]+/gi, '-').toLowerCase();
      scene.createSecret(id);
      const plant = (): readonly InjectedFault[] => RESOURCES.map((resource) => plantOn(scene, resource, times, fault));
      const planted = plant();
      await create(scene, id);
      await untilReported(scene, id);
      expect(planted[0]?.hits).toBeGreaterThan(0);
      planted.forEach((one) => one.remove());

      const again = plant();
      const value = scene.rotate(id);
      await scene.objects.untilValues(id, { password: value });
      await untilMarked(scene.objects, 'Deployment', id, id);
      await untilReported(scene, id);
      expect(again.slice(0, 3).map(({ hits }) => hits > 0)).toEqual([true, true, true]);
      again.forEach((one) => one.remove());

      expect(await writesAtRest(scene, 1)).toEqual([]);
      await secrets.untilCurrent(id);
      expect([secrets.changes(id, contentOf), secrets.changes(id, ({ data }) => data)]).toEqual([2, 2]);
      const deployment = await scene.objects.get('deployments', id);
      expect([deployment?.metadata.generation, Object.keys(markersOf(deployment))]).toEqual([2, [id]]);
      await scene.objects.delete('externalsecrets', id);
    }),
  );
});

describe('a write that must wait', () => {
  it.concurrent('is not tried again before Retry-After', () =>
    lanes.run(async ({ scene }) => {
      scene.createSecret('patient');
      const refused = { verb: 'create', resource: 'secrets' } as const;
      const since = scene.proxy.log.next;
      scene.proxy.inject({ ...refused, times: 1, fault: { kind: 'status', code: 429, retryAfterSeconds: 3 } });
      await create(scene, 'patient');
      await scene.objects.untilReason('patient', 'SecretSynced');
      const [first, second] = scene.proxy.log.select(refused, since);
      expect(first?.status).toBe(429);
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(3_000);
      await scene.objects.delete('externalsecrets', 'patient');
    }),
  );

  it.concurrent('does not keep others waiting when it is never answered', () =>
    lanes.run(async ({ scene }) => {
      scene.createSecret('hangs');
      scene.createSecret('goes-on');
      using _ = scene.proxy.inject({ verb: 'create', resource: 'secrets', times: 1, fault: { kind: 'hang' } });
      await create(scene, 'hangs');
      await waitUntil('it hangs', () => _.hits === 1);
      await create(scene, 'goes-on');
      await scene.objects.untilReason('goes-on', 'SecretSynced', 5_000);
      for (const name of ['hangs', 'goes-on']) await scene.objects.delete('externalsecrets', name);
    }),
  );
});

describe('a status that cannot be written', () => {
  it.concurrent('does not keep the Secret from following AWS', () =>
    lanes.run(async ({ scene }) => {
      scene.createSecret('mute');
      await create(scene, 'mute');
      await scene.objects.untilReason('mute', 'SecretSynced');
      const fault = scene.proxy.inject({
        verb: 'patch',
        resource: 'externalsecrets',
        subresource: 'status',
        fault: { kind: 'status', code: 500 },
      });
      for (let round = 0; round < 2; round += 1) {
        const value = scene.rotate('mute');
        await scene.objects.untilValues('mute', { password: value });
        await untilMarked(scene.objects, 'Deployment', 'mute', 'mute');
      }
      fault.remove();
      await untilReported(scene, 'mute');
      expect((await scene.objects.get('deployments', 'mute'))?.metadata.generation).toBe(3);
      await scene.objects.delete('externalsecrets', 'mute');
    }),
  );
});
