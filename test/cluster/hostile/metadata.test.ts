// Metadata of the maximum size on objects that the operator reads: namespaces, pods, workloads, its own kinds.
import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { untilObject } from '../../support/operator/waits.ts';
import { createWorkload } from '../../support/operator/workloads.ts';

jest.setTimeout(300_000);

const MANAGED = { 'keytender.dev/managed': 'true' };
const CONTAINERS = [{ name: 'app', image: 'app:1' }];

function members(count: number, prefix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, '']));
}

/** Owners that are not there, of a kind that is not there either, so that the garbage collector keeps their dependants. */
function absentOwners(count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'hostile.dev/v1',
    kind: 'Absent',
    name: `owner-${index}`,
    uid: randomUUID(),
    controller: index === 0,
  }));
}

/** An ExternalSecret of one value that is synced, with these restart targets. */
async function createSynced({ objects, aws }: Scene, name: string, spec: object = {}): Promise<void> {
  aws.secrets().create(`hostile/${name}`, 'x');
  await objects.externalSecret(name, {
    refreshInterval: '1s',
    data: [{ secretKey: 'value', remoteRef: { key: `hostile/${name}` } }],
    ...spec,
  });
  await objects.untilReason(name, 'SecretSynced', 60_000);
}

/** Its Secret changes once, so that its target is looked at with the ages of its pods. */
async function createTargeting(attacker: Scene, target: string): Promise<void> {
  await createSynced(attacker, 'targeting');
  attacker.aws.secrets().put('hostile/targeting', 'y');
  await attacker.objects.untilValues('targeting', { value: 'y' }, 60_000);
  const restart = { targets: [{ kind: 'Deployment', name: target }] };
  await attacker.objects.patch('externalsecrets', 'targeting', { spec: { restart } });
  const isTold = ({ status }: { readonly status?: Readonly<Record<string, unknown>> }): boolean =>
    JSON.stringify(status?.['restarts'] ?? []) !== '[]';
  await untilObject(attacker, 'externalsecrets', 'targeting', isTold, 60_000);
}

async function patchNamespace({ controlPlane }: Scene, name: string, metadata: object): Promise<void> {
  const { status } = await controlPlane.api.send({
    method: 'PATCH',
    path: `/api/v1/namespaces/${name}`,
    body: { metadata },
    contentType: 'application/merge-patch+json',
  });
  if (status !== 200) throw new Error(`patch of namespace ${name}: HTTP ${status}`);
}

holdAgainst([
  {
    name: '8 namespaces with 20,000 labels and annotations of 250 kB each, edited again and again',
    namespaces: 7,
    clusterStores: true,
    plant: async (attacker, _tenant, further) => {
      const names = [attacker.namespace, ...further.map(({ namespace }) => namespace)];
      for (const name of names) {
        const labels = members(20_000, 'l');
        // Without managedFields, which would name each of them and take the API server seconds.
        await patchNamespace(attacker, name, { managedFields: [{}], labels, annotations: { note: 'n'.repeat(250_000) } });
      }
      for (let round = 0; round < 3; round += 1) {
        await many(names.length, (index) => patchNamespace(attacker, names[index] ?? '', { labels: { round: String(round) } }));
      }
    },
  },
  {
    name: '60 pods with 4,000 owners each, behind a restart target',
    plant: async (attacker) => {
      const { objects } = attacker;
      const labels = { app: 'owned' };
      for (let index = 0; index < 60; index += 1) {
        const metadata = { name: `pod-${index}`, labels, ownerReferences: absentOwners(4_000) };
        await objects.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: CONTAINERS, nodeName: 'nowhere' } });
      }
      const template = { metadata: { labels }, spec: { containers: CONTAINERS } };
      await createWorkload(objects, 'Deployment', 'owning', { replicas: 0, selector: { matchLabels: labels }, template });
      await createTargeting(attacker, 'owning');
    },
  },
  {
    name: '40 workloads with 10,000 annotations each, and as many in their templates, edited again and again, one of them a target',
    plant: async (attacker) => {
      const { objects } = attacker;
      const annotations = members(10_000, 'a');
      await many(40, async (index) => {
        const labels = { app: `hostile-${index}` };
        const template = { metadata: { labels, annotations }, spec: { containers: CONTAINERS } };
        await createWorkload(objects, 'Deployment', `hostile-${index}`, { replicas: 0, paused: true, template });
        await objects.patch('deployments', `hostile-${index}`, { metadata: { annotations } });
      });
      await createTargeting(attacker, 'hostile-0');
      for (let round = 0; round < 5; round += 1) {
        await many(40, (index) =>
          objects.patch('deployments', `hostile-${index}`, { metadata: { annotations: { round: String(round) } } }),
        );
      }
    },
  },
  {
    name: '60 ExternalSecrets and their Secrets, each with a managedFields of 0.8 MB',
    plant: async (attacker) => {
      const { objects } = attacker;
      const path = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f:field-${index}`, {}]));
      const managedFields = Array.from({ length: 200 }, (_, index) => ({
        manager: `manager-${index}`,
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:annotations': path } },
      }));
      await many(60, async (index) => {
        await createSynced(attacker, `hostile-${index}`);
        const own = managedFields.map((entry) => ({ ...entry, apiVersion: 'keytender.dev/v1' }));
        await objects.patch('externalsecrets', `hostile-${index}`, { metadata: { managedFields: own } });
        await objects.patch('secrets', `hostile-${index}`, { metadata: { managedFields } });
      });
    },
  },
  {
    name: '30 labelled Secrets with 4,000 owners each, one of them the target of an ExternalSecret',
    plant: async ({ objects, aws }) => {
      for (let index = 0; index < 30; index += 1) {
        await objects.create('secrets', { metadata: { name: `owned-${index}`, labels: MANAGED, ownerReferences: absentOwners(4_000) } });
      }
      aws.secrets().create('hostile/value', 'x');
      await objects.externalSecret('owned-29', { data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] });
      await objects.untilReason('owned-29', 'TargetNotOwned', 60_000);
    },
  },
  {
    name: 'statuses of 0.5 MB that somebody writes on 100 suspended ExternalSecrets, again and again',
    plant: async (attacker) => {
      const { objects, controlPlane } = attacker;
      const conditions = (round: number): readonly object[] =>
        Array.from({ length: 15 }, (_, index) => ({
          type: `Hostile${index}`,
          status: 'True',
          reason: `Round${round}`,
          message: 'm'.repeat(32_000),
          lastTransitionTime: '2026-01-01T00:00:00Z',
        }));
      const data = [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }];
      await many(100, (index) => objects.externalSecret(`hostile-${index}`, { suspend: true, data }));
      await objects.untilReason('hostile-99', 'Suspended', 60_000);
      for (let round = 0; round < 4; round += 1) {
        await many(100, async (index) => {
          const { status } = await controlPlane.api.send({
            method: 'PATCH',
            path: `/apis/keytender.dev/v1/namespaces/${attacker.namespace}/externalsecrets/hostile-${index}/status`,
            body: { status: { conditions: conditions(round) } },
            contentType: 'application/merge-patch+json',
          });
          if (status !== 200) throw new Error(`patch of a status: HTTP ${status}`);
        });
      }
      await waitUntil('the last one is told suspended again', async () =>
        (await objects.get('externalsecrets', 'hostile-99'))?.status?.conditions?.some(({ reason }) => reason === 'Suspended'),
      );
    },
  },
]);
