/** Acquires, renews and releases the Lease for one process, and computes how long the process may still write. */
import { builtin } from '../../api/object/builtin-types.ts';
import { installation } from '../../api/installation.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { ok, type Result } from '../../base/result.ts';
import { withinTime } from '../../base/time/deadline.ts';
import type { WriteLease } from './fence.ts';
import {
  doneUntilOf,
  heldSpec,
  type LeaseObject,
  type LeaseStep,
  nextLeaseStep,
  observeLease,
  type ObservedLease,
  releasedSpec,
} from './lease.ts';
import { microTime } from '../micro-time.ts';
import type { KubeFailure, KubeReader, KubeResult, KubeWriter } from '../port.ts';

export interface LeaseTiming {
  /** Time that other candidates wait after the last change of the record before they take the Lease. */
  readonly leaseDuration: Ms;
  /**
   * Time after the start of a renewal in which this process may write. Shorter than leaseDuration by more than the possible drift of two
   * clocks.
   */
  readonly renewDeadline: Ms;
  readonly retryPeriod: Ms;
}

/** client-go's defaults. */
export const leaseTiming: LeaseTiming = { leaseDuration: ms(15_000), renewDeadline: ms(10_000), retryPeriod: ms(2_000) };

export interface LeaseIdentity {
  readonly client: Pick<KubeReader, 'get'> & Pick<KubeWriter, 'create' | 'mergePatch'>;
  readonly namespace: string;
  readonly name: string;
  /** Unique for each start of a process, so that a restarted process does not use its former Lease. */
  readonly identity: string;
  readonly clock: Clock;
  readonly timing: LeaseTiming;
  /**
   * The time (wall clock) until which all due work is done. Each renewal writes it into an annotation of the Lease, for the next leader. Undefined while this
   * process has done no work yet: then the time of the former leader stays.
   */
  readonly doneUntil?: (() => Ms | undefined) | undefined;
}

/**
 * held: this process holds the Lease and has just renewed it. other: `holder` holds it; the next attempt makes sense after `duration`.
 * raced: another process has written the Lease since it was read; the next attempt reads it again.
 */
export type LeaseAttempt =
  { readonly kind: 'held' } | { readonly kind: 'other'; readonly holder: string; readonly duration: Ms } | { readonly kind: 'raced' };

type LeaseAnnotations = Readonly<Record<string, string>> | undefined;

const RELEASE_LIMIT_MS = 5_000;
const late: KubeFailure = { kind: 'unavailable', status: 0, message: 'the lease: no answer in time' };

export class LeaseHolder implements WriteLease {
  readonly #options: LeaseIdentity;
  #observed: ObservedLease | undefined;
  /** False if the Lease must be read before the next step, because another process may have written it. */
  #fresh = false;
  #leadUntil: Ms | undefined;
  /** Start of the last successful renewal on both clocks. Undefined while not held. */
  #renewed: { readonly monotonic: Ms; readonly wall: Ms } | undefined;

  constructor(options: LeaseIdentity) {
    this.#options = options;
  }

  /**
   * The time for which this process may still write. The monotonic clock stops while a virtual machine is suspended; the wall clock does
   * not. The clock that shows more elapsed time counts. So a wall clock that jumps ahead stops writes until the next renewal, which is
   * safe.
   */
  remainingMs(): number {
    if (this.#renewed === undefined) return 0;
    const { clock, timing } = this.#options;
    const elapsed = Math.max(clock.monotonic() - this.#renewed.monotonic, clock.now() - this.#renewed.wall);
    return timing.renewDeadline - elapsed;
  }

  get leadUntil(): Ms | undefined {
    return this.#leadUntil;
  }

  /** The time (monotonic) by which a renewal must succeed. */
  get deadline(): Ms {
    return ms((this.#renewed?.monotonic ?? 0) + this.#options.timing.renewDeadline);
  }

  /** One attempt to acquire or renew the Lease, within `limit`. */
  async attempt(signal: AbortSignal, limit: Ms): Promise<Result<LeaseAttempt, KubeFailure>> {
    return withinTime(this.#options.clock, signal, limit, late, async (bounded) => {
      const observed = await this.#observe(bounded);
      if (!observed.ok) return observed;
      const { clock, identity } = this.#options;
      const step = nextLeaseStep(observed.value, clock.monotonic(), identity);
      return step.kind === 'wait' ? ok({ ...step, kind: 'other' as const }) : this.#hold(step, bounded);
    });
  }

  /** Releases the Lease, so that the next leader need not wait. After this call the process may not write, even if the release failed. */
  async release(signal: AbortSignal): Promise<KubeResult<void>> {
    const remaining = this.remainingMs();
    const lease = this.#observed?.lease;
    this.#renewed = undefined;
    if (remaining <= 0 || lease === undefined) return ok(undefined);
    const { clock } = this.#options;
    return withinTime(clock, signal, Math.min(remaining, RELEASE_LIMIT_MS), late, (bounded) => this.#release(lease, bounded));
  }

  /** Ends leadership without a release: the process may not write any more. */
  forfeit(): void {
    this.#renewed = undefined;
  }

  /** A renewal that was aborted may have reached the API server. Then the resourceVersion differs, but the holder is still this process. */
  async #release(lease: LeaseObject, signal: AbortSignal): Promise<KubeResult<void>> {
    const { client, namespace, name, identity, clock } = this.#options;
    const released = await this.#patch(lease, releasedSpec(clock.now()), signal);
    if (released.ok) return ok(undefined);
    if (released.failure.kind !== 'conflict') return released;
    const current = await client.get<LeaseObject>(builtin.lease, { namespace, name }, signal);
    if (!current.ok) return current;
    if (current.value.spec?.holderIdentity !== identity) return ok(undefined);
    const again = await this.#patch(current.value, releasedSpec(clock.now()), signal);
    return again.ok ? ok(undefined) : again;
  }

  async #observe(signal: AbortSignal): Promise<KubeResult<ObservedLease>> {
    if (this.#fresh && this.#observed !== undefined) return ok(this.#observed);
    const { client, namespace, name, clock } = this.#options;
    const read = await client.get<LeaseObject>(builtin.lease, { namespace, name }, signal);
    if (!read.ok && read.failure.kind !== 'not-found') return read;
    this.#observed = observeLease(this.#observed, read.ok ? read.value : undefined, clock.monotonic());
    return ok(this.#observed);
  }

  async #hold(step: Exclude<LeaseStep, { kind: 'wait' }>, signal: AbortSignal): Promise<KubeResult<LeaseAttempt>> {
    const { clock, identity, timing } = this.#options;
    // Taken before the request is sent. Other candidates count from the time at which they see the record, which is later.
    const started = { monotonic: clock.monotonic(), wall: clock.now() };
    this.#fresh = false;
    const annotations = this.#annotations(step);
    const spec = heldSpec(step, identity, timing.leaseDuration, started.wall);
    const written =
      step.kind === 'create' ? await this.#create(spec, signal, annotations) : await this.#patch(step.lease, spec, signal, annotations);
    if (!written.ok) return isRace(written.failure) ? ok({ kind: 'raced' }) : written;
    this.#observed = observeLease(this.#observed, written.value, clock.monotonic());
    this.#fresh = true;
    this.#renewed = started;
    if (step.kind === 'take') this.#leadUntil = doneUntilOf(step.lease);
    return ok({ kind: 'held' });
  }

  #annotations(step: Exclude<LeaseStep, { kind: 'wait' }>): LeaseAnnotations {
    const { doneUntil } = this.#options;
    if (doneUntil === undefined) return undefined;
    const until = doneUntil() ?? (step.kind === 'create' ? undefined : doneUntilOf(step.lease));
    // Always written, because a Lease without the annotation counts as done until its last renewal (doneUntilOf). 0: no work is known to be done.
    return { [installation.doneUntilAnnotation]: microTime(until ?? ms(0)) };
  }

  #create(spec: object, signal: AbortSignal, annotations: LeaseAnnotations): Promise<KubeResult<LeaseObject>> {
    const { client, namespace, name } = this.#options;
    return client.create<LeaseObject>(
      builtin.lease,
      namespace,
      { metadata: { name, namespace, ...(annotations && { annotations }) }, spec },
      signal,
    );
  }

  #patch(lease: LeaseObject, spec: object, signal: AbortSignal, annotations?: LeaseAnnotations): Promise<KubeResult<LeaseObject>> {
    const { client, namespace, name } = this.#options;
    const { resourceVersion } = lease.metadata;
    const metadata = { resourceVersion, ...(annotations && { annotations }) };
    return client.mergePatch<LeaseObject>(builtin.lease, { namespace, name }, { metadata, spec }, signal);
  }
}

function isRace({ kind }: KubeFailure): boolean {
  return kind === 'conflict' || kind === 'already-exists' || kind === 'not-found';
}
