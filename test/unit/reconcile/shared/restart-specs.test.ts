import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { ExternalSecretObject } from '../../../../src/api/schema/external-secret.ts';
import { RestartSpecs } from '../../../../src/reconcile/shared/restart-specs.ts';
import { object } from '../../resolve/entries.ts';

const type = keytender.kinds.externalSecret;
const restart = { targets: [{ kind: 'Deployment', name: 'app' }] };
const wanting = (spec: object, more: object = {}): ExternalSecretObject => ({
  ...object('ExternalSecret', 'orders', 'team'),
  spec: { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: { key: 'a' } }], restart, ...spec },
  ...more,
});
const of = (resource: ExternalSecretObject) => new RestartSpecs().of(type, resource);

describe('the specifications of restarts', () => {
  it('name the group, the owner and the Secret', () => {
    expect(of(wanting({ target: { name: 'db' } }))).toMatchObject({
      group: 'externalsecrets.keytender.dev/team/orders',
      owner: { resource: 'externalsecrets.keytender.dev', namespace: 'team', name: 'orders' },
      secretName: 'db',
      members: [{ kind: 'Deployment', name: 'app' }],
      keys: 'all',
    });
    expect(of(wanting({}))?.secretName).toBe('orders');
  });

  it('are parsed once for each version of an object', () => {
    const [specs, resource] = [new RestartSpecs(), wanting({})];
    expect(specs.of(type, resource)).toBe(specs.of(type, resource));
  });

  it.each([
    ['is suspended', wanting({ suspend: true })],
    ['has no spec.restart', { ...wanting({}), spec: { secretStoreRef: { name: 'aws' } } }],
    ['restarts nobody', wanting({ restart: { mode: 'None' } })],
    ['is not valid', wanting({ restart: { ...restart, settle: '2h' } })],
    ['has another schema', wanting({ restart: 'yes' })],
    ['is not kept', wanting({}, { notKept: 1_000 })],
    ['is being deleted', wanting({}, { metadata: { ...object('ExternalSecret', 'orders', 'team').metadata, deletionTimestamp: 'now' } })],
  ])('are none of an ExternalSecret that %s', (_what, resource) => {
    expect(of(resource)).toBeUndefined();
  });
});
