// Hundreds of ExternalSecrets of a few secrets that can never be read: each reports it once, and then there is no write. AWS is called by
// secret and not by resource, for every interval, and not more often after a restart of the operator.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readsOf, untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(240_000);

const NAMES = Array.from({ length: 400 }, (_, index) => `es-${index}`);
/** Every tenth secret is denied, nobody has the others. */
const SECRETS = Array.from({ length: 20 }, (_, index) => ({ id: `failing/${index}`, denied: index % 10 === 0 }));
const QUIET_MS = 3_000;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('failing-for-ever');
  await scene.createStore();
  // Else the first thing that some say is that there is no store.
  await untilObject(scene, 'secretstores', 'aws', (object) => readyOf(object)?.status === 'True');
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

/** What was written since then, the Lease aside, once nothing has been for a while. */
async function writesUntilQuiet(since: number): Promise<readonly string[]> {
  const writes = (): readonly string[] => {
    const all = scene.proxy.log.writes({}, since).filter(({ resource }) => resource !== 'leases');
    return all.map(({ verb, path }) => `${verb} ${path}`);
  };
  let [seen, at] = [-1, 0];
  return waitUntil(
    'nothing is written for a while',
    () => {
      if (writes().length !== seen) [seen, at] = [writes().length, performance.now()];
      return performance.now() - at >= QUIET_MS && writes();
    },
    { timeoutMs: 60_000 },
  );
}

/** The calls to AWS until each secret has been asked for once more. */
async function callsOfOneRound(begin: () => Promise<unknown> = () => Promise.resolve()): Promise<number> {
  const before = SECRETS.map(({ id }) => readsOf(scene, id));
  const { total } = scene.aws.calls;
  await begin();
  const again = (): boolean => SECRETS.every(({ id }, index) => readsOf(scene, id) > (before[index] ?? 0));
  await waitUntil('each secret is asked for again', again, { timeoutMs: 90_000 });
  return scene.aws.calls.total - total;
}

it('400 resources of 20 such secrets: one status each, then no write, and at most a call a secret for each round of retries', async () => {
  for (const { id } of SECRETS.filter(({ denied }) => denied)) {
    scene.createSecret(id);
    scene.aws.inject({ secretId: id, fault: { kind: 'access-denied' } });
  }
  const since = scene.proxy.log.next;
  await Promise.all(
    NAMES.map((name, index) =>
      scene.objects.externalSecret(name, {
        refreshInterval: '1s',
        data: [{ secretKey: 'a', remoteRef: { key: SECRETS[index % SECRETS.length]?.id } }],
      }),
    ),
  );
  const reasons = new Map<string, number>();
  await waitUntil('all have said so', async () => {
    reasons.clear();
    for (const object of await scene.objects.list('externalsecrets')) {
      const reason = readyOf(object)?.reason ?? 'none';
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    return (reasons.get('none') ?? 0) === 0;
  });
  expect(Object.fromEntries(reasons)).toEqual({ AccessDenied: 40, RemoteSecretNotFound: 360 });
  const said = await writesUntilQuiet(since);
  const told = said.map((write) => /externalsecrets\/(es-\d+)\/status$/.exec(write)?.[1]).filter((name) => name !== undefined);
  expect(told.toSorted()).toEqual(NAMES.toSorted());

  const settled = scene.proxy.log.next;
  expect(await callsOfOneRound()).toBeLessThanOrEqual(SECRETS.length);
  expect(await writesUntilQuiet(settled)).toEqual([]);

  const restarted = scene.proxy.log.next;
  const calls = await callsOfOneRound(async () => {
    await scene.operator.stop();
    await scene.startOperator();
  });
  expect(calls).toBeLessThanOrEqual(SECRETS.length);
  expect(await callsOfOneRound()).toBeLessThanOrEqual(SECRETS.length);
  expect(await writesUntilQuiet(restarted)).toEqual([]);
});
