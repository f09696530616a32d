import { describe, expect, it } from '@jest/globals';
import { keyOf } from '../../../../src/base/key.ts';
import { OwnStatuses } from '../../../../src/reconcile/external-secret/own-statuses.ts';
import { object } from '../../resolve/entries.ts';

const key = keyOf('team', 'orders');
const cached = (metadata: object = {}) => ({
  ...object('ExternalSecret', 'orders', 'team', metadata),
  spec: {},
  status: { content: 'cached' },
});

describe('OwnStatuses', () => {
  it('gives the status that was written until the cache has moved on', () => {
    const own = new OwnStatuses();
    expect(own.current(key, cached()).status).toEqual({ content: 'cached' });
    own.wrote(key, cached(), { content: 'written' });
    expect(own.current(key, cached()).status).toEqual({ content: 'written' });
    expect(own.current(key, cached({ resourceVersion: '2' })).status).toEqual({ content: 'cached' });
    expect(own.current(key, cached()).status).toEqual({ content: 'cached' });
  });

  it('does not take a new resource of the name for the old one', () => {
    const own = new OwnStatuses();
    own.wrote(key, cached(), { content: 'written' });
    expect(own.current(key, cached({ uid: 'another' })).status).toEqual({ content: 'cached' });
    own.wrote(key, cached(), { content: 'written' });
    own.forget(key);
    expect(own.current(key, cached()).status).toEqual({ content: 'cached' });
  });
});
