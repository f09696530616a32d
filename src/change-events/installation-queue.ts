/** The address of the queue of the installation, and the identity for its reads. */
import { fail, type Outcome } from '../failure/failure.ts';
import type { QueueAddress } from '../aws/event-queue-port.ts';
import { ok } from '../base/result.ts';
import { resolveStore, type StoreIdentityContext } from '../resolve/store/resolve-store.ts';
import type { QueueChoice } from '../source/events/choose-queue.ts';
import type { ReliableQueue } from '../source/events/polling-reliance.ts';
import { regionOfQueue } from '../source/events/queue-region.ts';

/** 'none': no queue is configured, or stores cannot be resolved yet. */
export async function installationQueue(
  installation: QueueChoice,
  stores: StoreIdentityContext | undefined,
  signal: AbortSignal,
): Promise<Outcome<(QueueAddress & ReliableQueue) | 'none'>> {
  if (installation.kind === 'none' || stores === undefined) return ok('none');
  const { url } = installation;
  const region = regionOfQueue(url);
  if (installation.kind === 'operator') {
    const own = region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
    if (own === undefined) return fail('AWSRequestRefused', `the region of queue "${nameIn(url)}" is not known: set AWS_REGION`);
    return ok({ url, forAll: true, source: { region: own, base: { kind: 'operator' }, roles: [] } });
  }
  const resolved = await resolveStore(installation.store, stores, signal);
  if (!resolved.ok) return resolved;
  const { identity } = resolved.value;
  return ok({ url, forAll: true, source: { ...identity, region: region ?? identity.region } });
}

/** The name of the queue in its URL. */
export function nameIn(url: string): string {
  return url.split('/').at(-1) ?? '';
}
