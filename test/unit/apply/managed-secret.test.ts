import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/names.ts';
import { reduceSecret } from '../../../src/apply/managed-secret.ts';
import { planWrite } from '../../../src/apply/plan-write.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { key, NAMESPACE, open, otherKey, request, SECRET, secretIn, strangers } from './requests.ts';

async function written(policy: 'Owner' | 'Merge', digestKey = key): Promise<MemoryApi> {
  const api = new MemoryApi();
  if (policy === 'Merge') strangers(api, { theirs: 'x' });
  const plan = planWrite(
    secretIn(api),
    request({ values: { password: 'canary-51f0' }, annotations: { note: 'n' } }, { policy, key: digestKey }),
  );
  if (plan.kind === 'create') await api.create(builtin.secret, NAMESPACE, plan.body);
  if (plan.kind === 'patch') await api.mergePatch(builtin.secret, { namespace: NAMESPACE, name: SECRET }, plan.body, open);
  return api;
}

const reduced = (api: MemoryApi) => reduceSecret(key, secretIn(api)!);
const intact = (api: MemoryApi) => reduced(api).records.get('es-orders')?.intact;

describe('reduceSecret', () => {
  it('keeps no value, but what decides', async () => {
    const api = await written('Owner');
    const secret = reduced(api);
    expect(inspect(secret, { depth: null })).not.toMatch(/canary|Y2FuYXJ5/);
    expect(secret).toMatchObject({
      kind: 'Secret',
      type: 'Opaque',
      immutable: false,
      metadata: { name: SECRET, annotations: { note: 'n' } },
    });
    expect(Object.keys(secret.metadata.annotations ?? {})).toEqual(['note']);
    expect(secret.records.get('es-orders')).toMatchObject({ intact: true, record: { writer: 'orders' } });
  });

  it('sees any change of a Secret that is owned', async () => {
    for (const data of [{ password: 'eA==' }, { password: null }, { added: '' }]) {
      const api = await written('Owner');
      api.edit(builtin.secret, NAMESPACE, SECRET, { data });
      expect(intact(api)).toBe(false);
    }
  });

  it('sees a change of the own keys only in a Secret that is merged into', async () => {
    const api = await written('Merge');
    api.edit(builtin.secret, NAMESPACE, SECRET, { data: { theirs: 'eA==', more: '' } });
    expect(intact(api)).toBe(true);
    api.edit(builtin.secret, NAMESPACE, SECRET, { data: { password: null } });
    expect(intact(api)).toBe(false);
  });

  it('trusts no digest that was made with another key', async () => {
    expect(intact(await written('Owner', otherKey))).toBe(false);
  });

  it('takes a Secret that holds nothing', () => {
    const api = new MemoryApi();
    api.put(builtin.secret, { metadata: { name: SECRET, namespace: NAMESPACE }, immutable: true });
    expect(reduced(api)).toMatchObject({ type: 'Opaque', immutable: true, metadata: { annotations: {} } });
    expect(reduced(api).records.size).toBe(0);
  });
});
