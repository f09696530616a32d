// Secrets, workloads and pods of the maximum size: a client that may edit one can add any content.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { untilObject } from '../../support/operator/waits.ts';
import { contentOf, createWorkload } from '../../support/operator/workloads.ts';

jest.setTimeout(300_000);

const MANAGED = { 'keytender.dev/managed': 'true' };
const MIB = 1024 * 1024;

/** An ExternalSecret of the attacker with one value, and the Secret that it made. */
async function createSynced({ objects, aws }: Scene, name: string, spec: object = {}): Promise<void> {
  if (!created.has(aws)) aws.secrets().create('hostile/value', 'x');
  created.add(aws);
  await objects.externalSecret(name, {
    refreshInterval: '1s',
    data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }],
    ...spec,
  });
  await objects.untilReason(name, 'SecretSynced', 60_000);
}

const created = new WeakSet<object>();

/** 2,000 records of nobody, with a content id under the key of the installation. */
function lookAlikes(content: string): Readonly<Record<string, string>> {
  const record = JSON.stringify({ writer: 'x', inputs: 'i', content, sources: [] });
  const count = Math.min(2_000, Math.floor((250 * 1024) / (record.length + 26)));
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`record.keytender.dev/${index}`, record]));
}

holdAgainst([
  {
    name: 'fourteen labelled Secrets of 1 MiB, each with 2,000 annotations that look like records',
    inCi: true,
    plant: async (attacker) => {
      await createSynced(attacker, 'hostile');
      const annotations = lookAlikes(contentOf(await attacker.objects.get('secrets', 'hostile')) ?? '');
      const data = { large: Buffer.alloc(MIB - 16, 'x').toString('base64') };
      await many(14, async (index) => {
        const name = `hostile-${index}`;
        await attacker.objects.create('secrets', { metadata: { name, labels: MANAGED, annotations }, data });
        // The last one is the target of an ExternalSecret.
        if (index === 13)
          await attacker.objects.externalSecret(name, { data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] });
      });
      await attacker.objects.untilReason('hostile-13', 'TargetNotOwned', 60_000);
    },
  },
  {
    name: 'a Secret of 1 MiB that a hundred ExternalSecrets merge into, and that somebody edits again and again',
    plant: async (attacker) => {
      const { objects, aws } = attacker;
      await objects.create('secrets', { metadata: { name: 'shared' }, data: { theirs: Buffer.alloc(MIB / 4, 'x').toString('base64') } });
      for (let index = 0; index < 100; index += 1) aws.secrets().create(`hostile/part-${index}`, 'x'.repeat(7_000));
      await many(100, (index) =>
        objects.externalSecret(`merging-${index}`, {
          refreshInterval: '1s',
          target: { name: 'shared', creationPolicy: 'Merge' },
          data: [{ secretKey: `part-${index}`, remoteRef: { key: `hostile/part-${index}` } }],
        }),
      );
      for (let index = 0; index < 100; index += 1) await objects.untilReason(`merging-${index}`, 'SecretSynced', 120_000);
      for (let edit = 0; edit < 50; edit += 1) {
        await objects.patch('secrets', 'shared', { data: { [`part-${edit}`]: Buffer.from(`edit ${edit}`).toString('base64') } });
      }
    },
  },
  {
    name: 'a managed Secret that somebody edits fifty times a second',
    plant: async (attacker) => {
      await createSynced(attacker, 'fought');
      for (let edit = 0; edit < 500; edit += 1) {
        const edited = attacker.objects.patch('secrets', 'fought', { data: { value: Buffer.from(`edit ${edit}`).toString('base64') } });
        await Promise.all([edited, sleep(20)]);
      }
    },
    expect: async ({ objects }) => {
      await objects.untilReason('fought', 'SecretSynced', 120_000);
    },
  },
  {
    name: 'forty workloads with selectors of 0.5 MB and templates full of markers, one of them a target',
    plant: async (attacker) => {
      const values = Array.from({ length: 30_000 }, (_, index) => `not-${index}`);
      const markers = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`restart.keytender.dev/s${index}`, 'x'.repeat(120)]));
      await many(40, async (index) => {
        const labels = { app: `hostile-${index}` };
        const containers = [{ name: 'app', image: 'app:1' }];
        await createWorkload(attacker.objects, 'Deployment', `hostile-${index}`, {
          replicas: 0,
          selector: { matchLabels: labels, matchExpressions: [{ key: 'x', operator: 'NotIn', values }] },
          template: { metadata: { labels, annotations: markers }, spec: { containers } },
        });
      });
      await createSynced(attacker, 'targeting');
      attacker.aws.secrets().put('hostile/value', 'y');
      await attacker.objects.untilValues('targeting', { value: 'y' }, 60_000);
      await attacker.objects.patch('externalsecrets', 'targeting', {
        spec: { restart: { targets: [{ kind: 'Deployment', name: 'hostile-0' }] } },
      });
      await untilObject(
        attacker,
        'externalsecrets',
        'targeting',
        ({ status }) => JSON.stringify(status?.['restarts'] ?? []) !== '[]',
        60_000,
      );
    },
  },
  {
    name: 'fifty restart targets that select the same 2,000 pods with annotations of 50 kB',
    inCi: true,
    plant: async (attacker) => {
      const { objects } = attacker;
      const annotations = { large: 'x'.repeat(50_000) };
      const spec = { containers: [{ name: 'app', image: 'app:1' }], nodeName: 'nowhere' };
      await many(2_000, (index) =>
        objects.create('pods', {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: `pod-${index}`, labels: { app: 'many' }, annotations },
          spec,
        }),
      );
      const template = { metadata: { labels: { app: 'many' } }, spec: { containers: spec.containers } };
      await many(50, (index) =>
        createWorkload(objects, 'Deployment', `hostile-${index}`, {
          replicas: 0,
          paused: true,
          selector: { matchLabels: { app: 'many' } },
          template,
        }),
      );
      await createSynced(attacker, 'targeting');
      attacker.aws.secrets().put('hostile/value', 'y');
      await objects.untilValues('targeting', { value: 'y' }, 60_000);
      const targets = Array.from({ length: 50 }, (_, index) => ({ kind: 'Deployment', name: `hostile-${index}` }));
      await objects.patch('externalsecrets', 'targeting', { spec: { restart: { targets } } });
      await waitUntil('pods are asked about', () => attacker.proxy.log.select({ verb: 'list', resource: 'pods' }).length > 20, {
        timeoutMs: 60_000,
      });
    },
    expect: async ({ proxy }) => {
      // Never the pods as a whole, and never many at once.
      expect(proxy.log.select({ verb: 'list', resource: 'pods' }).length).toBeGreaterThan(20);
      await Promise.resolve();
    },
  },
]);
