// Credential Secrets and ServiceAccounts: read once for all who ask, kept until a watch knows better.
import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/api/object.ts';
import { ok } from '../../../src/base/result.ts';
import type { KubeReader } from '../../../src/kube/port.ts';
import { CredentialCache } from '../../../src/resolve/credential-cache.ts';

const WHERE = { namespace: 'team', name: 'keys' };
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
    const asked = Array.from({ length: 64 }, () => cache.secret(WHERE, never));
    requests[0]?.answer('1');
    expect((await Promise.all(asked)).map((outcome) => outcome.ok && outcome.value.origin)).toEqual(Array(64).fill('u/1'));
    expect(await cache.secret(WHERE, never)).toMatchObject({ ok: true, value: { origin: 'u/1' } });
    expect(requests).toHaveLength(1);
  });

  it('reads ServiceAccounts once as well, and apart from Secrets of the same name', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const asked = [cache.serviceAccount(WHERE, never), cache.serviceAccount(WHERE, never), cache.secret(WHERE, never)];
    for (const { answer } of requests) answer('1');
    await Promise.all(asked);
    expect(requests).toHaveLength(2);
  });

  it('reads again when whoever began the read gives it up', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const first = cache.secret(WHERE, never);
    const second = cache.secret(WHERE, never);
    requests[0]?.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    requests[1]?.answer('2');
    expect(await second).toMatchObject({ ok: true, value: { origin: 'u/2' } });
  });

  it('does not keep what was being read while a watch saw another version', async () => {
    const { requests, reader } = heldReader();
    const cache = new CredentialCache(reader);
    const stale = cache.secret(WHERE, never);
    expect(cache.seen('Secret', WHERE, 'u/2')).toBe(true);
    requests[0]?.answer('1');
    await stale;
    const fresh = cache.secret(WHERE, never);
    requests[1]?.answer('2');
    expect(await fresh).toMatchObject({ ok: true, value: { origin: 'u/2' } });
    expect(cache.seen('Secret', WHERE, 'u/2')).toBe(false);
  });
});
