/**
 * Looks whether Stakater Reloader runs beside the operator: with high availability (its flag `enable-ha`) it renews a Lease. While both run, both restart
 * workloads. Without the Lease nothing can be said.
 */
import { builtin } from '../../api/object/builtin-types.ts';
import type { KubeObject } from '../../api/object/object.ts';
import { textOf } from '../../base/members.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { KubeReader, KubeResult } from '../../kube/port.ts';
import type { Logger } from '../../telemetry/log/logger.ts';

/** https://github.com/stakater/Reloader, internal/pkg/leadership */
export const RELOADER_LEASE = 'stakater-reloader-lock';

const LOOK_EVERY: Ms = ms(30_000);
/** Reloader renews each 10 s at most. */
const RENEWED_WITHIN: Ms = ms(60_000);

interface Lease extends KubeObject {
  readonly spec?: { readonly renewTime?: unknown; readonly holderIdentity?: unknown };
}

export interface ReloaderLeaseOptions {
  /** Of Reloader. */
  readonly namespace: string;
  readonly client: Pick<KubeReader, 'get'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after each look. */
  readonly onActive: (isActive: boolean) => void;
}

/** unknown: the Lease could not be read. */
type Seen = 'active' | 'inactive' | 'refused' | 'unknown';

/** Runs until `end` aborts, and rejects then. */
export async function watchReloader(options: ReloaderLeaseOptions, end: AbortSignal): Promise<never> {
  const { namespace, client, clock, onActive } = options;
  let before: Seen = 'inactive';
  for (;;) {
    const read = await client.get<Lease>(builtin.lease, { namespace, name: RELOADER_LEASE }, end);
    const seen = seenOf(read, clock.now());
    // A failed read says nothing.
    const now: Seen = seen === 'unknown' ? before : seen;
    onActive(now === 'active');
    if (now !== before) tell(before, now, options);
    before = now;
    await clock.sleep(LOOK_EVERY, end);
  }
}

function seenOf(read: KubeResult<Lease>, now: Ms): Seen {
  if (read.ok) return isRenewed(read.value, now) ? 'active' : 'inactive';
  const { kind } = read.failure;
  if (kind === 'not-found') return 'inactive';
  return kind === 'forbidden' || kind === 'unauthorized' ? 'refused' : 'unknown';
}

function tell(before: Seen, now: Seen, { namespace, logger }: ReloaderLeaseOptions): void {
  const lease = { namespace, lease: RELOADER_LEASE };
  if (now === 'active') logger.warn(lease, 'Stakater Reloader is active as well: both restart workloads; scale it to zero');
  else if (now === 'refused') logger.info(lease, 'whether Stakater Reloader is active is not known: no permission to get its Lease');
  else if (before === 'active') logger.info(lease, 'Stakater Reloader is not active any more');
}

/** A Lease that was released, or that nobody renews, is not held. */
function isRenewed({ spec }: Lease, now: Ms): boolean {
  const [renewed, holder] = [textOf(spec, 'renewTime'), textOf(spec, 'holderIdentity')];
  return holder !== undefined && renewed !== undefined && Date.parse(renewed) > now - RENEWED_WITHIN;
}
