import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { installation } from '../../../src/api/installation.ts';
import { ensureDigestKey } from '../../../src/apply/digest-key.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';

const open = new AbortController().signal;
const secret = (api: MemoryApi) => api.find(builtin.secret, 'ops', installation.digestKeySecret);

/** Lets no time pass. */
const atOnce = { sleep: (_duration: number, signal: AbortSignal) => Promise.resolve(signal.throwIfAborted()) };

/** Fails the test at the first failed try. */
const noFailure = (message: string): never => {
  throw new Error(message);
};

describe('ensureDigestKey', () => {
  it('makes a key once, and finds it again', async () => {
    const api = new MemoryApi();
    const made = await ensureDigestKey(api, 'ops', noFailure, open);
    expect(made.id).toMatch(/^[0-9a-f]{8}$/);
    expect(made.bytes.byteLength).toBe(32);
    expect(secret(api)).toMatchObject({ immutable: true, type: 'Opaque' });
    expect(await ensureDigestKey(api, 'ops', noFailure, open)).toEqual(made);
    expect(api.writes).toHaveLength(1);
  });

  it('agrees with another operator that starts at the same time', async () => {
    const api = new MemoryApi();
    const [one, two] = await Promise.all([0, 1].map(() => ensureDigestKey(api, 'ops', noFailure, open)));
    expect(one).toEqual(two);
    expect(api.writes).toHaveLength(1);
  });

  it.each([
    ['nothing', {}],
    ['a short key', { id: 'YQ==', key: 'YQ==' }],
    ['a bad id', { id: Buffer.from('A:b').toString('base64'), key: Buffer.alloc(32).toString('base64') }],
  ])('says so when the Secret holds %s, and goes on once it is deleted', async (_name, data) => {
    const api = new MemoryApi();
    api.put(builtin.secret, { metadata: { name: installation.digestKeySecret, namespace: 'ops' }, data });
    const told: string[] = [];
    const key = await ensureDigestKey(
      api,
      'ops',
      (message) => {
        told.push(message);
        api.remove(builtin.secret, 'ops', installation.digestKeySecret);
      },
      open,
      atOnce,
    );
    expect(told).toEqual([`Secret ${installation.digestKeySecret} holds no digest key: delete it, a new one is made`]);
    expect(key.bytes.byteLength).toBe(32);
  });

  it('ends with its signal, however the API server answers', async () => {
    const api = new MemoryApi();
    api.fault = () => 'unavailable';
    const stop = new AbortController();
    const abort = (): void => stop.abort(new DOMException('stop', 'AbortError'));
    await expect(ensureDigestKey(api, 'ops', abort, stop.signal, atOnce)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
