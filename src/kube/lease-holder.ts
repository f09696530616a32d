/** One process's hold on the Lease: tries to get or keep it, and knows for how long it may still write. */
import { builtin, names } from '../api/names.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import { ok, type Result } from '../base/result.ts';
import { withinTime } from '../base/deadline.ts';
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
import { microTime } from './micro-time.ts';
import type { KubeFailure, KubeReader, KubeResult, KubeWriter } from './port.ts';

export interface LeaseTiming {
  /** For how long others leave the record alone after they saw it change. */
  readonly leaseDuration: Ms;
  /** For how long after the start of a renewal this process may write; less than leaseDuration by more than clocks drift apart. */
  readonly renewDeadline: Ms;
  readonly retryPeriod: Ms;
}

/** client-go's defaults. */
export const leaseTiming: LeaseTiming = { leaseDuration: ms(15_000), renewDeadline: ms(10_000), retryPeriod: ms(2_000) };

export interface LeaseIdentity {
  readonly client: Pick<KubeReader, 'get'> & Pick<KubeWriter, 'create' | 'mergePatch'>;
  readonly namespace: string;
  readonly name: string;
  /** Unique for each start of a process, so that nobody takes over the hold of an earlier life. */
  readonly identity: string;
  readonly clock: Clock;
  readonly timing: LeaseTiming;
  /**
   * Until when (wall clock) all that was due is done: kept beside each renewal for whoever leads next. Undefined while this process has done nothing
   * yet; then what the one before has left stands.
   */
  readonly doneUntil?: (() => Ms | undefined) | undefined;
}

/** held: by this process, renewed just now. other: `holder` has it; look again after `duration`. lost: the write came too late, look again. */
export type LeaseAttempt =
  { readonly kind: 'held' } | { readonly kind: 'other'; readonly holder: string; readonly duration: Ms } | { readonly kind: 'raced' };

type LeaseAnnotations = Readonly<Record<string, string>> | undefined;

const RELEASE_LIMIT_MS = 5_000;
const late: KubeFailure = { kind: 'unavailable', status: 0, message: 'the lease: no answer in time' };

export class LeaseHolder implements WriteLease {
  readonly #options: LeaseIdentity;
  #observed: ObservedLease | undefined;
  /** False when the lease must be read before the next step, because somebody else has written. */
  #fresh = false;
  #leadUntil: Ms | undefined;
  /** Start of the last successful renewal by both clocks; undefined while not held. */
  #renewed: { readonly monotonic: Ms; readonly wall: Ms } | undefined;

  constructor(options: LeaseIdentity) {
    this.#options = options;
  }

  /**
   * The monotonic clock stands still while a virtual machine is suspended, the wall clock doesn't; whichever says that more time has passed is
   * believed. A wall clock that jumps ahead thus stops writes until the next renewal, which is the safe side.
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

  /** Until when (monotonic) a renewal must have succeeded. */
  get deadline(): Ms {
    return ms((this.#renewed?.monotonic ?? 0) + this.#options.timing.renewDeadline);
  }

  /** One try to get or to renew the lease within `limit`. */
  async attempt(signal: AbortSignal, limit: Ms): Promise<Result<LeaseAttempt, KubeFailure>> {
    return withinTime(this.#options.clock, signal, limit, late, async (bounded) => {
      const observed = await this.#observe(bounded);
      if (!observed.ok) return observed;
      const { clock, identity } = this.#options;
      const step = nextLeaseStep(observed.value, clock.monotonic(), identity);
      return step.kind === 'wait' ? ok({ ...step, kind: 'other' as const }) : this.#hold(step, bounded);
    });
  }

  /** Gives the lease back, so that the next one need not wait. After this call nothing may be written, whether it succeeded or not. */
  async release(signal: AbortSignal): Promise<KubeResult<void>> {
    const remaining = this.remainingMs();
    const lease = this.#observed?.lease;
    this.#renewed = undefined;
    if (remaining <= 0 || lease === undefined) return ok(undefined);
    const { clock } = this.#options;
    return withinTime(clock, signal, Math.min(remaining, RELEASE_LIMIT_MS), late, (bounded) => this.#release(lease, bounded));
  }

  /** To be called when the hold is given up without a release. */
  forfeit(): void {
    this.#renewed = undefined;
  }

  /** A renewal that was cut off may have arrived: then the version is another one, and the record still ours. */
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
    // Taken before the request leaves: others count from when the server has it, which is later.
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
    // A record without it is one of a version that kept none, and vouches for all until its renewal.
    return { [names.annotations.doneUntil]: microTime(until ?? ms(0)) };
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
