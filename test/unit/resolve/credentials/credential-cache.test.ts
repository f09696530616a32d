// Credential Secrets and ServiceAccounts: read once for all callers, and kept until a watch reports another version.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import { ok } from '../../../../src/base/result.ts';
import type { KubeReader } from '../../../../src/kube/port.ts';
import { CredentialCache } from '../../../../src/resolve/credentials/credential-cache.ts';
import { settle } from '../../../support/fake-clock.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';

const WHERE = { namespace: 'team', name: 'keys' };
const KEYS = ['id'];
const never = new AbortController().signal;

interface Request {
  readonly answer: (resourceVersion: string) => void;
  readonly abort: () => void;
}

/** A reader whose answers the test gives. */
function heldReader(): { readonly requests: Request[]; readonly reader: KubeReader } {
  const requests: Request[] = [];
  const get = (): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    requests.push({
      answer: (resourceVersion) => resolve(ok(secretAt(resourceVersion))),
      abort: () => reject(new DOMException('given up', 'AbortError')),
    });
    return promise;
  };
  return { requests, reader: { get, list: () => Promise.reject(new Error('not used')) } as KubeReader };
}

function secretAt(resourceVersion: string): KubeObject & { readonly data: object } {
  const metadata = { ...WHERE, uid: 'u', resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: { id: 'QUtJQQ==' } };
}

describe('the credential cache', () => {
  it('reads once, however many ask at once and later', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const asked = Array.from({ length: 64 }, () => cache.secret(WHERE, KEYS, never));
    requests[0]?.answer('1');
    expect((await Promise.all(asked)).map((outcome) => outcome.ok && outcome.value.origin)).toEqual(Array(64).fill('u/1'));
    expect(await cache.secret(WHERE, KEYS, never)).toMatchObject({ ok: true, value: { origin: 'u/1' } });
    expect(requests).toHaveLength(1);
  });

  it('reads ServiceAccounts once as well, and apart from Secrets of the same name', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const asked = [cache.serviceAccount(WHERE, never), cache.serviceAccount(WHERE, never), cache.secret(WHERE, KEYS, never)];
    for (const { answer } of requests) answer('1');
    await Promise.all(asked);
    expect(requests).toHaveLength(2);
  });

  it('reads again when whoever began the read gives it up', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const first = cache.secret(WHERE, KEYS, never);
    const second = cache.secret(WHERE, KEYS, never);
    requests[0]?.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    requests[1]?.answer('2');
    expect(await second).toMatchObject({ ok: true, value: { origin: 'u/2' } });
  });

  it('does not keep what was being read while a watch saw another version', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const stale = cache.secret(WHERE, KEYS, never);
    expect(cache.seen('Secret', WHERE, 'u/2')).toBe(true);
    requests[0]?.answer('1');
    await stale;
    const fresh = cache.secret(WHERE, KEYS, never);
    requests[1]?.answer('2');
    expect(await fresh).toMatchObject({ ok: true, value: { origin: 'u/2' } });
    expect(cache.seen('Secret', WHERE, 'u/2')).toBe(false);
  });

  it('keeps the keys that somebody named, and reads again for a key that nobody had named before', async () => {
    const api = new MemoryApi();
    const data = { id: 'QUtJQQ==', key: 'a2V5', big: 'x'.repeat(1_000_000) };
    api.put(builtin.secret, { metadata: WHERE, data });
    let reads = 0;
    api.fault = () => void (reads += 1);
    const cache = new CredentialCache(api);
    const keysOf = async (...keys: string[]) => {
      const secret = await cache.secret(WHERE, keys, never);
      return secret.ok && [...secret.value.values].map(([key, value]) => (value === 'too-large' ? `${key} too large` : key));
    };
    expect([await keysOf('id'), reads]).toEqual([['id'], 1]);
    expect([await keysOf('key', 'none'), reads]).toEqual([['id', 'key'], 2]);
    expect([await keysOf('id', 'none'), reads]).toEqual([['id', 'key'], 2]);
    expect([await keysOf('big'), reads]).toEqual([['id', 'key', 'big too large'], 3]);
    for (let index = 0; index < 200; index += 1) await keysOf(`other-${index}`);
    const last = await cache.secret(WHERE, ['id'], never);
    expect(last.ok && last.value.keys.size).toBeLessThanOrEqual(64);
  });

  it('reads few objects at a time, and goes on when one who waits gives up', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const stop = new AbortController();
    const outcomes = Array.from({ length: 20 }, (_, index) =>
      cache.secret({ ...WHERE, name: `s${index}` }, KEYS, index === 4 ? stop.signal : never).then(
        ({ ok: read }) => read,
        () => 'given up',
      ),
    );
    await settle();
    expect(requests).toHaveLength(4);
    stop.abort();
    for (let index = 0; index < 19; index += 1) {
      requests[index]?.answer('1');
      await settle();
    }
    expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 20 }, (_, index) => (index === 4 ? 'given up' : true)));
  });
});
