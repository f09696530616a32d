import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretStatus } from '../../../../src/api/schema/external-secret-status.ts';
import { OwnStatuses } from '../../../../src/reconcile/shared/own-statuses.ts';
import { collectGarbage } from '../../../support/collect-garbage.ts';
import { settle } from '../../../support/fake-clock.ts';
import { object } from '../../resolve/entries.ts';

const cached = (metadata: object = {}) => ({
  ...object('ExternalSecret', 'orders', 'team', metadata),
  spec: {},
  status: { content: 'cached' },
});

describe('OwnStatuses', () => {
  it('gives the status that was written until the cache has moved on', () => {
    const own = new OwnStatuses<ExternalSecretStatus>();
    const before = cached();
    expect(own.current(before).status).toEqual({ content: 'cached' });
    own.wrote(before, { content: 'written' }, '2');
    expect(own.current(before).status).toEqual({ content: 'written' });
    expect(own.current(cached({ resourceVersion: '2' })).status).toEqual({ content: 'cached' });
  });

  it('takes in a second write over what it gave itself', () => {
    const own = new OwnStatuses<ExternalSecretStatus>();
    const before = cached();
    own.wrote(before, { content: 'first' }, '2');
    own.wrote(own.current(before), { content: 'second' }, '3');
    expect(own.current(before).status).toEqual({ content: 'second' });
  });

  it('does not take a new resource of the name for the old one', () => {
    const own = new OwnStatuses<ExternalSecretStatus>();
    own.wrote(cached(), { content: 'written' }, '2');
    expect(own.current(cached({ uid: 'another' })).status).toEqual({ content: 'cached' });
  });

  it('keeps a status no longer than the cache keeps what it was written over', async () => {
    const own = new OwnStatuses<ExternalSecretStatus>();
    const statuses: WeakRef<ExternalSecretStatus>[] = [];
    const cache = [cached()];
    (() => {
      for (const resource of [...cache, ...Array.from({ length: 20 }, () => cached())]) {
        const status = { content: 'written' };
        own.wrote(resource, status, '2');
        statuses.push(new WeakRef(status));
      }
    })();
    await settle();
    collectGarbage();
    expect(statuses.map((status) => status.deref()?.content).filter((content) => content !== undefined)).toEqual(['written']);
    expect(own.current(cache[0] ?? cached()).status).toEqual({ content: 'written' });
  });
});
