// Probes of the writes of a rotation: versions with custom labels, compare-and-swap of labels, repetitions, tags.
import * as sm from '@aws-sdk/client-secrets-manager';
import { T1, T2, T3, create, ending, labels, move, put, type Probe } from './calls.ts';

const tag = (secrets: sm.SecretsManagerClient, SecretId: string, Key: string) =>
  secrets.send(new sm.TagResourceCommand({ SecretId, Tags: [{ Key, Value: 'v' }] }));
const untag = (secrets: sm.SecretsManagerClient, SecretId: string, Key: string) =>
  secrets.send(new sm.UntagResourceCommand({ SecretId, TagKeys: [Key] }));

export const WRITES: Record<string, Probe> = {
  'put under a label of its own': async (c, n) => {
    await create(c, n);
    return [(await put(c, n, { VersionStages: ['ours'] })).VersionStages, await labels(c, n)];
  },
  'first value under a label of its own': async (c, n) => {
    await create(c, n, { SecretString: undefined, ClientRequestToken: undefined });
    await put(c, n, { VersionStages: ['ours'] });
    return labels(c, n);
  },
  'put takes a label from another version': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['AWSPENDING'] });
    await put(c, n, { VersionStages: ['AWSPENDING'], SecretString: 'three', ClientRequestToken: T3 });
    return labels(c, n);
  },
  'promote a pending version': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['AWSPENDING'] });
    await move(c, n, 'AWSCURRENT', T2, T1);
    return labels(c, n);
  },
  'promote twice': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['AWSPENDING'] });
    await move(c, n, 'AWSCURRENT', T2, T1);
    return [await ending(move(c, n, 'AWSCURRENT', T2, T1)), await labels(c, n)];
  },
  'attach a free label twice': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['ours'] });
    return [await ending(move(c, n, 'AWSPENDING', T2)), await ending(move(c, n, 'AWSPENDING', T2)), await labels(c, n)];
  },
  'remove a label twice': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['ours'] });
    return [await ending(move(c, n, 'ours', undefined, T2)), await ending(move(c, n, 'ours', undefined, T2))];
  },
  'put again after its label has moved': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['ours'] });
    await move(c, n, 'ours', T1, T2);
    return [await ending(put(c, n, { VersionStages: ['ours'] })), await labels(c, n)];
  },
  'same token, same bytes as binary': async (c, n) => {
    await create(c, n);
    await put(c, n);
    return ending(put(c, n, { SecretString: undefined, SecretBinary: Buffer.from('two') }));
  },
  'put with a token of 31 characters': async (c, n) => [
    await create(c, n).then(() => ''),
    await ending(put(c, n, { ClientRequestToken: 'a'.repeat(31) })),
  ],
  'label number 21 of a secret': async (c, n) => {
    await create(c, n);
    await put(c, n);
    for (let count = 0; count < 18; count += 1) await move(c, n, `l${count}`, count % 2 === 0 ? T1 : T2);
    return ending(move(c, n, 'one-more', T1));
  },
  'tag a missing secret': (c, n) => ending(tag(c.secrets, n, 'k')),
  'untag twice': async (c, n) => {
    await create(c, n, { Tags: [{ Key: 'k', Value: 'v' }] });
    return [await ending(untag(c.secrets, n, 'k')), await ending(untag(c.secrets, n, 'k'))];
  },
  'tag while marked for deletion': async (c, n) => {
    await create(c, n);
    await c.secrets.send(new sm.DeleteSecretCommand({ SecretId: n }));
    return ending(tag(c.secrets, n, 'k'));
  },
};
