// The lifetime of credentials: while a watch confirms them; failures are not kept.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { CredentialCache } from '../../../src/resolve/credentials/credential-cache.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';

const open = new AbortController().signal;
const where = { namespace: 'team', name: 'aws' };

function world() {
  const api = new MemoryApi();
  const counts = { reads: 0 };
  api.fault = () => {
    counts.reads += 1;
    return undefined;
  };
  const put = (text: string): string => {
    api.put(builtin.secret, { metadata: where, data: { id: Buffer.from(text).toString('base64') } });
    const { uid, resourceVersion } = api.find(builtin.secret, 'team', 'aws')!.metadata;
    return `${uid}/${resourceVersion}`;
  };
  const cache = new CredentialCache(api);
  const read = async (): Promise<string> => {
    const secret = await cache.secret(where, ['id'], open);
    if (!secret.ok) return secret.failure.reason;
    const value = secret.value.values.get('id');
    return value === undefined || value === 'too-large' ? (value ?? '') : value.reveal().toString();
  };
  return { api, counts, put, cache, read };
}

describe('CredentialCache', () => {
  it('reads a Secret once, and again when a watch has seen another version', async () => {
    const { counts, put, cache, read } = world();
    const first = put('one');
    expect([await read(), await read(), counts.reads]).toEqual(['one', 'one', 1]);
    expect(cache.seen('Secret', where, first)).toBe(false);
    const second = put('two');
    expect([await read(), cache.seen('Secret', where, second)]).toEqual(['one', true]);
    expect([await read(), counts.reads]).toEqual(['two', 2]);
  });

  it('does the same for a ServiceAccount', async () => {
    const { api, counts, cache } = world();
    expect(await cache.serviceAccount(where, open)).toMatchObject({
      failure: { reason: 'CredentialsMissing', message: 'ServiceAccount team/aws does not exist' },
    });
    expect(cache.seen('ServiceAccount', where, undefined)).toBe(false);
    api.put(builtin.serviceAccount, { metadata: where });
    expect(await cache.serviceAccount(where, open)).toMatchObject({ ok: true, value: { metadata: where } });
    await cache.serviceAccount(where, open);
    expect(counts.reads).toBe(2);
    expect(cache.seen('ServiceAccount', where, undefined)).toBe(true);
    api.remove(builtin.serviceAccount, 'team', 'aws');
    expect(await cache.serviceAccount(where, open)).toMatchObject({ ok: false });
  });

  it('keeps nothing that no watch vouches for any more', async () => {
    const { api, counts, put, cache, read } = world();
    put('one');
    api.put(builtin.serviceAccount, { metadata: where });
    await Promise.all([read(), cache.serviceAccount(where, open)]);
    cache.forget('Secret', where);
    await Promise.all([read(), cache.serviceAccount(where, open)]);
    expect(counts.reads).toBe(3);
    cache.forget('ServiceAccount', where);
    await cache.serviceAccount(where, open);
    expect(counts.reads).toBe(4);
  });

  it('keeps no failure', async () => {
    const { api, put, read } = world();
    expect(await read()).toBe('CredentialsMissing');
    api.fault = () => 'forbidden';
    expect(await read()).toBe('Forbidden');
    api.fault = () => undefined;
    put('one');
    expect(await read()).toBe('one');
  });

  it('keeps at most 2 MiB of one namespace, which drops nothing of another; what was dropped is read again, and is no news', async () => {
    const { api, counts, cache, put, read } = world();
    put('mine');
    await read();
    const keys = Array.from({ length: 64 }, (_, index) => `k${index}`);
    const data = Object.fromEntries(keys.map((key) => [key, Buffer.alloc(9 * 1024, key).toString('base64')]));
    const hogs = Array.from({ length: 20 }, (_, index) => ({ namespace: 'hog', name: `s${index}` }));
    for (const metadata of hogs) {
      api.put(builtin.secret, { metadata, data });
      expect(await cache.secret(metadata, keys, open)).toMatchObject({ ok: true });
    }
    const before = counts.reads;
    for (const hog of hogs) await cache.secret(hog, keys, open);
    expect(counts.reads - before).toBe(20);
    await cache.secret(hogs.at(-1)!, keys, open);
    expect([await read(), counts.reads - before]).toEqual(['mine', 20]);
    const { uid, resourceVersion } = api.find(builtin.secret, 'hog', 's0')!.metadata;
    expect(cache.seen('Secret', hogs[0]!, `${uid}/${resourceVersion}`)).toBe(false);
  });
});
