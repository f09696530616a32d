/**
 * The rules of leader election on a coordination.k8s.io/v1 Lease (client-go's, tools/leaderelection), pure. Clocks of different machines are never
 * compared: what counts is for how long this process has seen the record unchanged.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Ms, ms } from '../base/clock.ts';
import { installation } from '../api/installation.ts';
import type { KubeObject } from '../api/object.ts';
import { fromMicroTime, microTime } from './micro-time.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** MicroTime: RFC 3339 with exactly six digits of fraction. For people; no decision about who leads looks at it. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface LeaseObject extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** What this process knows of the Lease. */
export interface ObservedLease {
  /** Undefined: it doesn't exist. */
  readonly lease: LeaseObject | undefined;
  /** When this process first saw the record as it is, by its own monotonic clock. */
  readonly since: Ms;
}

/** Until when (wall clock) all that was due is known to be done, by whoever holds or held the lease; undefined: that is not known. */
export function doneUntilOf({ metadata, spec }: LeaseObject): Ms | undefined {
  const renewed = fromMicroTime(spec?.renewTime);
  const done = fromMicroTime(metadata.annotations?.[installation.doneUntilAnnotation]);
  return renewed === undefined || done === undefined ? (done ?? renewed) : ms(Math.min(done, renewed));
}

export type LeaseStep =
  | { readonly kind: 'create' }
  /** The record names this process. */
  | { readonly kind: 'renew'; readonly lease: LeaseObject }
  /** Nobody holds it, or its holder has been silent for the whole duration. */
  | { readonly kind: 'take'; readonly lease: LeaseObject }
  | { readonly kind: 'wait'; readonly holder: string; readonly duration: Ms };

/** A record that is the same as before keeps the time at which it was first seen. */
export function observeLease(before: ObservedLease | undefined, lease: LeaseObject | undefined, now: Ms): ObservedLease {
  const same = before !== undefined && sameRecord(before.lease, lease);
  return { lease, since: same ? before.since : now };
}

/** What `me` may do at `now`. */
export function nextLeaseStep(observed: ObservedLease, now: Ms, me: string): LeaseStep {
  const { lease, since } = observed;
  if (lease === undefined) return { kind: 'create' };
  const holder = lease.spec?.holderIdentity ?? '';
  if (holder === me) return { kind: 'renew', lease };
  const left = since + Math.max(lease.spec?.leaseDurationSeconds ?? 0, 0) * 1_000 - now;
  if (holder === '' || left <= 0) return { kind: 'take', lease };
  return { kind: 'wait', holder, duration: ms(left) };
}

/** The record with which `me` holds the lease from `now` (wall clock) on. */
export function heldSpec(step: Exclude<LeaseStep, { kind: 'wait' }>, me: string, leaseDuration: Ms, now: Ms): LeaseSpec {
  const renewTime = microTime(now);
  const held = { holderIdentity: me, leaseDurationSeconds: Math.ceil(leaseDuration / 1_000), renewTime };
  if (step.kind === 'renew') return held;
  const transitions = step.kind === 'take' ? (step.lease.spec?.leaseTransitions ?? 0) + 1 : 0;
  return { ...held, acquireTime: renewTime, leaseTransitions: transitions };
}

/** The record that lets the next one take over at once. */
export function releasedSpec(now: Ms): LeaseSpec {
  return { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) };
}

function sameRecord(left: LeaseObject | undefined, right: LeaseObject | undefined): boolean {
  return isDeepStrictEqual([left?.metadata.uid, left?.spec], [right?.metadata.uid, right?.spec]);
}
