// Probes of batches and lists. Each returns its results without ids, dates and texts.
import * as sm from '@aws-sdk/client-secrets-manager';
import { batch, create, describe, ending, get, list, remove, withTwins, type Probe } from './calls.ts';

export const BATCHES: Record<string, Probe> = {
  'batch with errors': async (c, n) => {
    await create(c, n);
    const answer = await batch(c, { SecretIdList: [n, `${n}-missing`] });
    return [
      answer.SecretValues?.map((one) => one.SecretString),
      answer.Errors?.map((error) => [error.SecretId === `${n}-missing`, error.ErrorCode]),
    ];
  },
  'batch of a deleted secret': async (c, n) => {
    await create(c, n);
    await remove(c, n);
    return (await batch(c, { SecretIdList: [n] })).Errors?.map((error) => error.ErrorCode);
  },
  'batch of 21': (c, n) => ending(batch(c, { SecretIdList: Array.from({ length: 21 }, (_, i) => `${n}${i}`) })),
  'batch with a duplicate': (c, n) => ending(batch(c, { SecretIdList: [n, n] })),
  'batch of nothing': (c) => ending(batch(c, {})),
  'batch of ids and filters': (c, n) => ending(batch(c, { SecretIdList: [n], Filters: [{ Key: 'name', Values: [n] }] })),
  'batch by filter': async (c, n) => {
    await withTwins(c, n);
    const { SecretValues } = await batch(c, { Filters: [{ Key: 'name', Values: [n] }] });
    return SecretValues?.map((one) => one.Name).toSorted();
  },
  'batch by filter with a deleted secret': async (c, n) => {
    await withTwins(c, n);
    await remove(c, `${n}-x`);
    return ending(batch(c, { Filters: [{ Key: 'name', Values: [n] }] }));
  },
};

export const LISTS: Record<string, Probe> = {
  'filter by name prefix': async (c, n) => [
    await withTwins(c, n),
    (await list(c, { Filters: [{ Key: 'name', Values: [n] }] }))?.toSorted(),
  ],
  'filter by tag key': async (c, n) => [await withTwins(c, n), await list(c, { Filters: [{ Key: 'tag-key', Values: [`${n}-`] }] })],
  'filter by tag value': async (c, n) => [await withTwins(c, n), await list(c, { Filters: [{ Key: 'tag-value', Values: [`${n}-`] }] })],
  'filter by description, other case': async (c, n) => {
    await withTwins(c, n);
    const Filters = [
      { Key: 'name' as const, Values: [n] },
      { Key: 'description' as const, Values: ['first'] },
    ];
    return list(c, { Filters });
  },
  'filters are AND-ed, negation': async (c, n) => [
    await withTwins(c, n),
    await list(c, {
      Filters: [
        { Key: 'name', Values: [n] },
        { Key: 'name', Values: [`!${n}-x`] },
      ],
    }),
  ],
  'unknown filter': (c) => ending(list(c, { Filters: [{ Key: 'colour' as 'name', Values: ['x'] }] })),
  'list of 101': (c) => ending(list(c, { MaxResults: 101 })),
  'sorted by name, descending': async (c, n) => {
    await create(c, `${n}-b`);
    await create(c, `${n}-a`);
    await create(c, `${n}-c`);
    return list(c, { Filters: [{ Key: 'name', Values: [n] }], SortBy: 'name', SortOrder: 'desc' });
  },
  'pages of one': async (c, n) => {
    await withTwins(c, n);
    const Filters = [{ Key: 'name' as const, Values: [n] }];
    const first = await c.secrets.send(new sm.ListSecretsCommand({ Filters, MaxResults: 1 }));
    const second = await c.secrets.send(new sm.ListSecretsCommand({ Filters, MaxResults: 1, NextToken: first.NextToken }));
    return [first.SecretList?.length, second.SecretList?.length, second.NextToken];
  },
  'made-up page token': (c) => ending(list(c, { NextToken: 'made-up' })),
  'planned deletion': async (c, n) => {
    await withTwins(c, n);
    await remove(c, `${n}-x`);
    const Filters = [{ Key: 'name' as const, Values: [n] }];
    return [await list(c, { Filters }), (await list(c, { Filters, IncludePlannedDeletion: true }))?.length];
  },
  'listed versions': async (c, n) => {
    await create(c, n);
    const { SecretList } = await c.secrets.send(new sm.ListSecretsCommand({ Filters: [{ Key: 'name', Values: [n] }] }));
    return SecretList?.map((secret) => secret.SecretVersionsToStages);
  },
  'day of the last read': async (c, n) => {
    await create(c, n);
    await get(c, n);
    return (await describe(c, n)).LastAccessedDate instanceof Date;
  },
  'tags show in LastChangedDate': async (c, n) => {
    await create(c, n);
    const before = (await describe(c, n)).LastChangedDate!;
    // A loop rather than a pause: the clock needs only to have moved by the resolution that is under test.
    while (Date.now() - before.getTime() < 5) await describe(c, n);
    await c.secrets.send(new sm.TagResourceCommand({ SecretId: n, Tags: [{ Key: 'a', Value: 'b' }] }));
    return (await describe(c, n)).LastChangedDate!.getTime() > before.getTime();
  },
};
