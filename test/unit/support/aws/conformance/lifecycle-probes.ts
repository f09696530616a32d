// Probes of deletion, policies, replication, rotation and of STS. Each returns its results without ids, dates and texts.
import * as sm from '@aws-sdk/client-secrets-manager';
import * as sts from '@aws-sdk/client-sts';
import { T2, create, describe, ending, get, labels, put, remove, value, type Probe } from './calls.ts';

export const LIFECYCLE: Record<string, Probe> = {
  'read while marked for deletion': async (c, n) => [
    await create(c, n)
      .then(() => remove(c, n))
      .then(() => ''),
    await ending(get(c, n)),
  ],
  'describe while marked for deletion': async (c, n) => {
    await create(c, n);
    await remove(c, n, { RecoveryWindowInDays: 7 });
    return Math.round(((await describe(c, n)).DeletedDate!.getTime() - Date.now()) / 86_400_000);
  },
  'put while marked for deletion': async (c, n) => [
    await create(c, n)
      .then(() => remove(c, n))
      .then(() => ''),
    await ending(put(c, n)),
  ],
  'create while marked for deletion': async (c, n) => {
    await create(c, n);
    await remove(c, n);
    return ending(create(c, n, { SecretString: 'x', ClientRequestToken: T2 }));
  },
  'delete twice': async (c, n) => [await create(c, n).then(() => ''), await ending(remove(c, n)), await ending(remove(c, n))],
  restore: async (c, n) => {
    await create(c, n);
    await remove(c, n);
    await c.secrets.send(new sm.RestoreSecretCommand({ SecretId: n }));
    return value(c, n);
  },
  'recovery window of 6 days': async (c, n) => [await create(c, n).then(() => ''), await ending(remove(c, n, { RecoveryWindowInDays: 6 }))],
  'forced deletion with a window': async (c, n) => [
    await create(c, n).then(() => ''),
    await ending(remove(c, n, { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true })),
  ],
  'forced deletion': async (c, n) => {
    await create(c, n);
    await remove(c, n, { ForceDeleteWithoutRecovery: true });
    return [
      await ending(get(c, n)),
      await ending(create(c, n)),
      await ending(remove(c, `${n}-missing`, { ForceDeleteWithoutRecovery: true })),
    ];
  },
  'delete a missing secret': (c, n) => ending(remove(c, n)),
  'tag and untag': async (c, n) => {
    await create(c, n, { Tags: [{ Key: 'a', Value: '1' }] });
    await c.secrets.send(new sm.TagResourceCommand({ SecretId: n, Tags: [{ Key: 'b', Value: '2' }] }));
    await c.secrets.send(new sm.UntagResourceCommand({ SecretId: n, TagKeys: ['a'] }));
    return [(await describe(c, n)).Tags, await labels(c, n)];
  },
  'resource policy': async (c, n) => {
    await create(c, n);
    const ResourcePolicy = JSON.stringify({
      Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' }],
    });
    await c.secrets.send(new sm.PutResourcePolicyCommand({ SecretId: n, ResourcePolicy }));
    const stored = (await c.secrets.send(new sm.GetResourcePolicyCommand({ SecretId: n }))).ResourcePolicy;
    await c.secrets.send(new sm.DeleteResourcePolicyCommand({ SecretId: n }));
    return [JSON.parse(stored!), (await c.secrets.send(new sm.GetResourcePolicyCommand({ SecretId: n }))).ResourcePolicy];
  },
  'validate a resource policy': (c) => ending(c.secrets.send(new sm.ValidateResourcePolicyCommand({ ResourcePolicy: '{"Statement":[]}' }))),
  'random password': async (c) => {
    const { RandomPassword } = await c.secrets.send(new sm.GetRandomPasswordCommand({ PasswordLength: 40, ExcludePunctuation: true }));
    return /^[A-Za-z0-9]{40}$/.test(RandomPassword!);
  },
  'random password of 3': (c) => ending(c.secrets.send(new sm.GetRandomPasswordCommand({ PasswordLength: 3 }))),
  'replica follows and is read-only': async (c, n) => {
    await create(c, n);
    await c.secrets.send(new sm.ReplicateSecretToRegionsCommand({ SecretId: n, AddReplicaRegions: [{ Region: 'us-west-2' }] }));
    const replica = { ...c, secrets: c.replica };
    return [await value(replica, n), await ending(put(replica, n)), (await describe(replica, n)).PrimaryRegion, await ending(remove(c, n))];
  },
  'stop replication to a replica': async (c, n) => {
    await create(c, n);
    await c.secrets.send(new sm.ReplicateSecretToRegionsCommand({ SecretId: n, AddReplicaRegions: [{ Region: 'us-west-2' }] }));
    return ending(c.replica.send(new sm.StopReplicationToReplicaCommand({ SecretId: n })));
  },
  'rotate without a function': async (c, n) => [
    await create(c, n).then(() => ''),
    await ending(c.secrets.send(new sm.RotateSecretCommand({ SecretId: n }))),
  ],
  'cancel a rotation that is not': async (c, n) => [
    await create(c, n).then(() => ''),
    await ending(c.secrets.send(new sm.CancelRotateSecretCommand({ SecretId: n }))),
  ],
};

export const IDENTITIES: Record<string, Probe> = {
  'session of a role': async (c, n) => {
    const answer = await c.sts.send(new sts.AssumeRoleCommand({ RoleArn: 'arn:aws:iam::444455556666:role/reader', RoleSessionName: n }));
    const { AccessKeyId, Expiration } = answer.Credentials!;
    return [answer.AssumedRoleUser?.Arn, AccessKeyId?.slice(0, 4), Math.round((Expiration!.getTime() - Date.now()) / 60_000)];
  },
  'role that does not exist': (c, n) =>
    ending(c.sts.send(new sts.AssumeRoleCommand({ RoleArn: 'arn:aws:iam::444455556666:role/missing', RoleSessionName: n }))),
  'session of 899 seconds': (c, n) =>
    ending(
      c.sts.send(new sts.AssumeRoleCommand({ RoleArn: 'arn:aws:iam::444455556666:role/reader', RoleSessionName: n, DurationSeconds: 899 })),
    ),
  'session with tags that nobody allows': (c, n) =>
    ending(
      c.sts.send(
        new sts.AssumeRoleCommand({
          RoleArn: 'arn:aws:iam::444455556666:role/reader',
          RoleSessionName: n,
          Tags: [{ Key: 'a', Value: 'b' }],
        }),
      ),
    ),
  'web identity of a made-up token': (c, n) =>
    ending(
      c.sts.send(
        new sts.AssumeRoleWithWebIdentityCommand({
          RoleArn: 'arn:aws:iam::444455556666:role/reader',
          RoleSessionName: n,
          WebIdentityToken: 'made.up.token',
        }),
      ),
    ),
};
