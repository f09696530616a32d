// The Lease of Stakater Reloader: renewed, released, stale, refused, absent.
import { expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { RELOADER_LEASE, watchReloader } from '../../../../src/reconcile/shared/reloader-lease.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { silent } from '../reporting.ts';

function scene() {
  const [api, clock, stop] = [new MemoryApi(), new FakeClock(), new AbortController()];
  const active: boolean[] = [];
  const said: string[] = [];
  const say = (...[, text]: readonly unknown[]): void => void said.push(String(text));
  const logger = { ...silent, info: say, warn: say };
  const put = (spec: object): void => api.put(builtin.lease, { metadata: { name: RELOADER_LEASE, namespace: 'reloader' }, spec });
  const renewed = (holderIdentity = 'pod'): void => put({ holderIdentity, renewTime: new Date(clock.now()).toISOString() });
  const watching = watchReloader(
    { namespace: 'reloader', client: api, clock, logger, onActive: (is) => void active.push(is) },
    stop.signal,
  );
  const ended = watching.catch(() => undefined);
  const look = async (): Promise<boolean | undefined> => {
    await clock.advance(30_000);
    await settle();
    return active.at(-1);
  };
  return { api, clock, put, renewed, look, said, end: async () => (stop.abort(), await ended) };
}

it('while it is renewed, both are active, which is said once, and its end too', async () => {
  const { clock, renewed, look, said, end } = scene();
  expect(await look()).toBe(false);
  renewed();
  expect(await look()).toBe(true);
  renewed();
  expect(await look()).toBe(true);
  expect(said.filter((text) => text.includes('active as well'))).toHaveLength(1);
  await clock.advance(120_000);
  expect(await look()).toBe(false);
  expect(said.at(-1)).toContain('not active any more');
  await end();
});

it('a released Lease, one without times, and one that does not exist are not held', async () => {
  const { put, renewed, look, said, end } = scene();
  renewed('');
  expect(await look()).toBe(false);
  for (const spec of [{}, { holderIdentity: 'pod', renewTime: 'yesterday' }, { holderIdentity: 'pod', renewTime: 7 }]) {
    put(spec);
    expect(await look()).toBe(false);
  }
  expect(said).toEqual([]);
  await end();
});

it('without the permission it is not known, which is said once', async () => {
  const { api, look, said, end } = scene();
  api.fault = () => 'forbidden';
  expect(await look()).toBe(false);
  expect(await look()).toBe(false);
  expect(said).toEqual([expect.stringContaining('no permission')]);
  await end();
});
