/**
 * The rules of leader election on a coordination.k8s.io/v1 Lease (those of client-go, tools/leaderelection). Pure. Clocks of different machines are
 * never compared: a lease expires after this process has seen its record unchanged for the whole duration.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Ms, ms } from '../../base/time/clock.ts';
import { installation } from '../../api/installation.ts';
import type { KubeObject } from '../../api/object/object.ts';
import { fromMicroTime, microTime } from '../micro-time.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** MicroTime: RFC 3339 with exactly six digits of fraction. Only for people: leader election does not read it. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface LeaseObject extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** The Lease as this process knows it. */
export interface ObservedLease {
  /** Undefined: the Lease does not exist. */
  readonly lease: LeaseObject | undefined;
  /** The time at which this process first saw the present record, on its monotonic clock. */
  readonly since: Ms;
}

/** The time (wall clock) until which the present or former holder has done all due work. Undefined if unknown. */
export function doneUntilOf({ metadata, spec }: LeaseObject): Ms | undefined {
  const renewed = fromMicroTime(spec?.renewTime);
  const done = fromMicroTime(metadata.annotations?.[installation.doneUntilAnnotation]);
  return renewed === undefined || done === undefined ? (done ?? renewed) : ms(Math.min(done, renewed));
}

export type LeaseStep =
  | { readonly kind: 'create' }
  /** The record names this process. */
  | { readonly kind: 'renew'; readonly lease: LeaseObject }
  /** No process holds it, or its holder has not renewed it for the whole duration. */
  | { readonly kind: 'take'; readonly lease: LeaseObject }
  | { readonly kind: 'wait'; readonly holder: string; readonly duration: Ms };

/** An unchanged record keeps the time at which it was first seen. */
export function observeLease(before: ObservedLease | undefined, lease: LeaseObject | undefined, now: Ms): ObservedLease {
  const same = before !== undefined && sameRecord(before.lease, lease);
  return { lease, since: same ? before.since : now };
}

/** The next step that `me` may take at `now`. */
export function nextLeaseStep(observed: ObservedLease, now: Ms, me: string): LeaseStep {
  const { lease, since } = observed;
  if (lease === undefined) return { kind: 'create' };
  const holder = lease.spec?.holderIdentity ?? '';
  if (holder === me) return { kind: 'renew', lease };
  const left = since + Math.max(lease.spec?.leaseDurationSeconds ?? 0, 0) * 1_000 - now;
  if (holder === '' || left <= 0) return { kind: 'take', lease };
  return { kind: 'wait', holder, duration: ms(left) };
}

/** The record with which `me` holds the Lease from `now` (wall clock). */
export function heldSpec(step: Exclude<LeaseStep, { kind: 'wait' }>, me: string, leaseDuration: Ms, now: Ms): LeaseSpec {
  const renewTime = microTime(now);
  const held = { holderIdentity: me, leaseDurationSeconds: Math.ceil(leaseDuration / 1_000), renewTime };
  if (step.kind === 'renew') return held;
  const transitions = step.kind === 'take' ? (step.lease.spec?.leaseTransitions ?? 0) + 1 : 0;
  return { ...held, acquireTime: renewTime, leaseTransitions: transitions };
}

/** The record with which another process can acquire the Lease at once. */
export function releasedSpec(now: Ms): LeaseSpec {
  return { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) };
}

function sameRecord(left: LeaseObject | undefined, right: LeaseObject | undefined): boolean {
  return isDeepStrictEqual([left?.metadata.uid, left?.spec], [right?.metadata.uid, right?.spec]);
}
