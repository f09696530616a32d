// Foreign objects with the maximum number of members: the time to parse an object grows with its names.
import { expect, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst } from '../../support/hostile/harness.ts';
import type { Scene } from '../../support/operator/scene.ts';

jest.setTimeout(300_000);

const SECRETS = 30;
const MANAGED = { 'keytender.dev/managed': 'true' };
/** They are written one after the other: each takes the API server so long that many at once would make everybody wait for it, and not for the operator. */
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `hostile-${index}`);

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** So many names of four characters, without values: what is counted is their number, within the bounds that the API server has on bytes. */
function emptyMembers(count: number): Readonly<Record<string, string>> {
  const character = (index: number): string => ALPHABET[index % ALPHABET.length] ?? '';
  const name = (index: number): string =>
    `a${character(index)}${character(Math.floor(index / ALPHABET.length))}${character(Math.floor(index / ALPHABET.length ** 2))}`;
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), '']));
}

/**
 * Labelled Secrets that nobody's ExternalSecret has made. Resolves when the operator has answered for an ExternalSecret whose target is the last of them:
 * it has too many members to be read. The others have arrived by then, too.
 */
async function plantSecrets({ objects, aws }: Scene, metadata: object, data: object): Promise<void> {
  for (const name of numbered(SECRETS)) {
    await objects.create('secrets', { metadata: { name, labels: MANAGED } });
    // The API server names each member in managedFields, which takes it seconds, and half as many would fit; unless these are taken away at once.
    await objects.patch('secrets', name, { metadata: { managedFields: [{}], ...metadata }, ...data });
  }
  aws.secrets().create('hostile/value', 'x');
  const last = `hostile-${SECRETS - 1}`;
  await objects.externalSecret(last, { data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] });
  await objects.untilReason(last, 'SecretTooLarge', 60_000);
}

holdAgainst([
  {
    name: '30 labelled Secrets of others with 60,000 annotations each',
    plant: (attacker) => plantSecrets(attacker, { annotations: emptyMembers(60_000) }, {}),
  },
  {
    name: '30 labelled Secrets of others with 60,000 labels each',
    plant: (attacker) => plantSecrets(attacker, { labels: emptyMembers(60_000) }, {}),
  },
  {
    name: '30 labelled Secrets of others with 120,000 keys each',
    plant: (attacker) => plantSecrets(attacker, {}, { data: emptyMembers(120_000) }),
    expect: async ({ objects }) => expect(Object.keys((await objects.values('hostile-0')) ?? {}).length).toBe(120_000),
  },
  {
    name: '100 ExternalSecrets with annotations of 250 kB',
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      const spec = { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] };
      const metadata = { annotations: { note: 'n'.repeat(250_000) } };
      for (const name of numbered(100)) await attacker.objects.create('externalsecrets', { metadata: { name, ...metadata }, spec });
      await waitUntil('all are Ready', async () => {
        const all = await attacker.objects.list('secrets');
        return all.filter(({ metadata: { name } }) => name.startsWith('hostile-')).length === 100;
      });
    },
  },
]);
