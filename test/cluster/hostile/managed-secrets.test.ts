// Secrets with the label of the operator: whoever may create a Secret can set it, and can forge the records and the controller too.
import { jest } from '@jest/globals';
import type { HostileInput } from '../../support/hostile/harness.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { contentOf } from '../../support/operator/workloads.ts';

jest.setTimeout(300_000);

const MANAGED = { 'keytender.dev/managed': 'true' };
const COUNT = 900;
/** The last one in the order of names, in which a start lists them. */
const LAST = 'hostile-899';

/** Later than each generation of the ExternalSecret, so that it does not delete them as Secrets of its former names. */
const LATER = 1_000_000_000;

/** A real ExternalSecret, as the controller that the Secrets of the attacker claim to have, and a digest under the key of the installation. */
async function createController({ objects, aws }: Scene): Promise<{ readonly owner: { readonly uid: string }; readonly content: string }> {
  aws.secrets().create('hostile/value', 'x');
  await objects.externalSecret('hostile', { data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] });
  await objects.untilReason('hostile', 'SecretSynced', 60_000);
  const uid = (await objects.get('externalsecrets', 'hostile'))?.metadata.uid ?? '';
  const owner = {
    apiVersion: 'keytender.dev/v1',
    kind: 'ExternalSecret',
    name: 'hostile',
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return { owner, content: contentOf(await objects.get('secrets', 'hostile')) ?? '' };
}

/** `record`: what each record holds in addition. `dataOf`: the data of each Secret. */
async function plantForged(attacker: Scene, record: object, dataOf: (index: number) => Readonly<Record<string, string>>): Promise<void> {
  const { owner, content } = await createController(attacker);
  const forged = JSON.stringify({ writer: 'hostile', generation: LATER, inputs: 'i', content, sources: [], ...record });
  const annotations = { [`record.keytender.dev/${owner.uid}`]: forged };
  await many(COUNT, (index) =>
    attacker.objects.create('secrets', {
      metadata: { name: `hostile-${index}`, labels: MANAGED, annotations, ownerReferences: [owner] },
      data: dataOf(index),
    }),
  );
}

/** An ExternalSecret with the target that is listed last gets `reason`. */
async function untilTold({ objects }: Scene, reason: string): Promise<void> {
  await objects.externalSecret('told', { target: { name: LAST }, data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] });
  await objects.untilReason('told', reason, 60_000);
}

const inputs: readonly HostileInput[] = [
  {
    name: '900 labelled Secrets, each with a forged record of 200 kB in the allowed form',
    inCi: true,
    plant: async (attacker) => {
      // With a character beyond Latin-1, each character takes two bytes in memory.
      const sources = Array.from({ length: 100 }, (_, index) => ({ key: `\u9375${index}`.padEnd(2_000, 'k'), versionId: 'v' }));
      await plantForged(attacker, { sources }, () => ({ value: 'eA==' }));
      await untilTold(attacker, 'MemoryShareExceeded');
    },
  },
  {
    name: '900 labelled Secrets, each with 1,000 keys of 250 characters',
    plant: async (attacker) => {
      // Equal names of several Secrets would be in memory once.
      const nameOf = (secret: number, key: number): string => `${secret}-${key}`.padStart(250, 'k');
      await plantForged(attacker, {}, (secret) =>
        Object.fromEntries(Array.from({ length: 1_000 }, (_, key) => [nameOf(secret, key), 'eA=='])),
      );
      await untilTold(attacker, 'TargetOwnedByOther');
    },
  },
];

holdAgainst(inputs);
