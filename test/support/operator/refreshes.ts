// The writes of the operator without changes, over a number of refreshes.
import type { LoggedRequest } from '../api-proxy/request-log.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { Scene } from './scene.ts';

/** Waits until AWS has been asked so many times more, and gives what was written to the API server meanwhile (leases and Events aside). */
export async function writesDuringRefreshes(scene: Scene, times = 2): Promise<readonly LoggedRequest[]> {
  const since = scene.proxy.log.next;
  const { total } = scene.aws.calls;
  await waitUntil(`AWS is asked ${times} times more`, () => scene.aws.calls.total >= total + times);
  return scene.proxy.log.writes({}, since).filter(({ resource }) => resource !== 'leases' && resource !== 'events');
}

const WATCHED = ['externalsecrets', 'secretstores', 'secrets', 'deployments'] as const;

/**
 * Watches that faults have ended come back after delays that grow. Until then the operator may repeat a write by what it saw last, which the API server refuses.
 */
async function untilWatched(scene: Scene): Promise<void> {
  const isOpen = async (): Promise<boolean> => WATCHED.every((resource) => scene.proxy.watches({ resource }).length > 0);
  await waitUntil('the operator watches every kind again', isOpen, { timeoutMs: 90_000 });
}

/** The same once the operator has come to rest: status and Events follow a change a moment later. Rejects when it never does. */
export async function writesAtRest(scene: Scene, times = 2): Promise<readonly LoggedRequest[]> {
  await untilWatched(scene);
  const isAtRest = async (): Promise<boolean> => (await writesDuringRefreshes(scene, 1)).length === 0 && areStatusesWritten(scene);
  await waitUntil('the operator comes to rest', isAtRest, { timeoutMs: 45_000 });
  return writesDuringRefreshes(scene, times);
}

const STATUS_INTERVAL_MS = 6_000;

/** What restarts change in the status of an ExternalSecret is written every 5 s at most. */
function areStatusesWritten({ proxy }: Scene): boolean {
  const restart = proxy.log.writes({ group: 'apps' }).at(-1);
  const status = proxy.log.writes({ resource: 'externalsecrets' }).at(-1);
  return restart === undefined || Date.now() - Math.max(restart.at, status?.at ?? 0) > STATUS_INTERVAL_MS;
}
