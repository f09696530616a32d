// Probes of values and of their labels. Each returns its results without ids, dates and texts.
import * as sm from '@aws-sdk/client-secrets-manager';
import { T1, T2, T3, batch, create, describe, ending, get, labels, move, movedBack, put, status, value, type Probe } from './calls.ts';

export const VALUES: Record<string, Probe> = {
  'create and get': async (c, n) => [(await create(c, n)).VersionId, await value(c, n)],
  'binary value': async (c, n) => {
    await create(c, n, { SecretString: undefined, SecretBinary: Buffer.from([0, 255, 1]) });
    return Buffer.from((await get(c, n)).SecretBinary!).toString('hex');
  },
  'get by ARN and partial ARN': async (c, n) => {
    const { ARN } = await create(c, n);
    return [(await get(c, ARN!)).Name === n, (await get(c, ARN!.slice(0, -7))).Name === n, /-[A-Za-z0-9]{6}$/.test(ARN!)];
  },
  'get a missing secret': (c, n) => ending(get(c, n)),
  'status of a missing secret': (c, n) => status(get(c, n)),
  'get a missing label': async (c, n) => [await create(c, n).then(() => ''), await ending(get(c, n, { VersionStage: 'none' }))],
  'get a secret without a value': async (c, n) => [await create(c, n, { SecretString: undefined }).then(() => ''), await ending(get(c, n))],
  'version and stage disagree': async (c, n) => {
    await create(c, n);
    await put(c, n);
    return ending(get(c, n, { VersionId: T1, VersionStage: 'AWSCURRENT' }));
  },
  'status when version and stage disagree': async (c, n) => {
    await create(c, n);
    await put(c, n);
    return status(get(c, n, { VersionId: T1, VersionStage: 'AWSCURRENT' }));
  },
  'create twice': async (c, n) => [
    await ending(create(c, n)),
    await ending(create(c, n, { SecretString: 'other', ClientRequestToken: T2 })),
  ],
  'repeat a create': async (c, n) => [await ending(create(c, n)), await ending(create(c, n))],
  'put moves the current label': async (c, n) => {
    await create(c, n);
    return [(await put(c, n)).VersionStages, await labels(c, n), await value(c, n, { VersionStage: 'AWSPREVIOUS' })];
  },
  'put AWSPENDING leaves the current version': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['AWSPENDING'] });
    return [await labels(c, n), await value(c, n)];
  },
  'repeat a put': async (c, n) => {
    await create(c, n);
    await put(c, n);
    return [await ending(put(c, n)), await labels(c, n)];
  },
  'same token, other value': async (c, n) => {
    await create(c, n);
    await put(c, n);
    return [await ending(put(c, n, { SecretString: 'x' })), await value(c, n)];
  },
  'put on a missing secret': (c, n) => ending(put(c, n)),
  'update with a used token': async (c, n) => {
    await create(c, n);
    const input = { SecretId: n, SecretString: 'x', ClientRequestToken: T1 };
    return ending(c.secrets.send(new sm.UpdateSecretCommand(input)));
  },
  'update the description': async (c, n) => {
    await create(c, n);
    const { VersionId } = await c.secrets.send(new sm.UpdateSecretCommand({ SecretId: n, Description: 'd', ClientRequestToken: T2 }));
    return [VersionId, (await describe(c, n)).Description, await labels(c, n)];
  },
  'update a value': async (c, n) => {
    await create(c, n);
    await c.secrets.send(new sm.UpdateSecretCommand({ SecretId: n, SecretString: 'two', ClientRequestToken: T2 }));
    return [await value(c, n), await labels(c, n)];
  },
  'value of 65,537 bytes': (c, n) => ending(create(c, n, { SecretString: 'x'.repeat(65_537) })),
  'empty value': (c, n) => ending(create(c, n, { SecretString: '' })),
  'name with a space': (c, n) => ending(create(c, `${n} x`)),
  'token of 31 characters': (c, n) => ending(create(c, n, { ClientRequestToken: 'a'.repeat(31) })),
};

export const LABELS: Record<string, Probe> = {
  'labels after a move': async (c, n) => [await movedBack(c, n), await labels(c, n)],
  'get without a stage after a move': async (c, n) => [await movedBack(c, n), await value(c, n)],
  'get AWSCURRENT after a move': async (c, n) => [await movedBack(c, n), await value(c, n, { VersionStage: 'AWSCURRENT' })],
  'batch after a move': async (c, n) => {
    await movedBack(c, n);
    return (await batch(c, { SecretIdList: [n] })).SecretValues?.map((one) => [one.SecretString, one.VersionStages]);
  },
  'put after a move': async (c, n) => {
    await movedBack(c, n);
    await put(c, n, { SecretString: 'three', ClientRequestToken: T3 });
    return labels(c, n);
  },
  'move without saying from where': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['green'] });
    return [await ending(move(c, n, 'green', T1)), await labels(c, n)];
  },
  'move from a version that does not hold the label': async (c, n) => {
    await create(c, n);
    await put(c, n, { VersionStages: ['green'] });
    return [await ending(move(c, n, 'green', T1, T1)), await labels(c, n)];
  },
  'move to an unknown version': async (c, n) => [await create(c, n).then(() => ''), await ending(move(c, n, 'green', T3))],
  'attach and remove a label': async (c, n) => {
    await create(c, n);
    await move(c, n, 'green', T1);
    const attached = await labels(c, n);
    await move(c, n, 'green', undefined, T1);
    return [attached, await labels(c, n)];
  },
  'remove AWSCURRENT': async (c, n) => [await create(c, n).then(() => ''), await ending(move(c, n, 'AWSCURRENT', undefined, T1))],
  'list versions': async (c, n) => {
    await create(c, n);
    await put(c, n);
    const { Versions } = await c.secrets.send(new sm.ListSecretVersionIdsCommand({ SecretId: n }));
    return Versions?.map((version) => [version.VersionId, version.VersionStages?.toSorted()]).toSorted();
  },
  'deprecated versions': async (c, n) => {
    await create(c, n);
    await put(c, n);
    await put(c, n, { SecretString: 'three', ClientRequestToken: T3 });
    const { Versions } = await c.secrets.send(new sm.ListSecretVersionIdsCommand({ SecretId: n }));
    return Versions?.map((version) => version.VersionId).toSorted();
  },
  'ARN of a version list': async (c, n) => {
    const { ARN } = await create(c, n);
    return (await c.secrets.send(new sm.ListSecretVersionIdsCommand({ SecretId: n }))).ARN === ARN;
  },
  'versions of a missing secret': (c, n) => ending(c.secrets.send(new sm.ListSecretVersionIdsCommand({ SecretId: n }))),
};
