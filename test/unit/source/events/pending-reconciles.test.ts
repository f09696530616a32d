import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { PendingReconciles } from '../../../../src/source/events/pending-reconciles.ts';
import { settle } from '../../../support/fake-clock.ts';
import type { DependantKey } from '../../../../src/source/port.ts';
import { dependantNamed } from '../engine-world.ts';

const A = dependantNamed('ns/a');
const B = dependantNamed('ns/b');
const forever = new AbortController().signal;

async function isOver(work: Promise<void>): Promise<boolean> {
  let over = false;
  void work.then(() => (over = true));
  await settle();
  return over;
}

function reconcileOnce(reconciles: PendingReconciles, key: DependantKey, isRecorded = true): void {
  reconciles.started(key);
  if (isRecorded) reconciles.recorded(key);
  reconciles.ended(key);
}

describe('rest', () => {
  it('comes at once for those whom nobody has called', async () => {
    expect(await isOver(new PendingReconciles([]).whenHandled([A, B], forever))).toBe(true);
  });

  it('comes with a settled round that began after the call', async () => {
    const reconciles = new PendingReconciles([]);
    reconciles.started(A);
    reconciles.notified(A);
    const rest = reconciles.whenHandled([A], forever);
    reconciles.recorded(A);
    reconciles.ended(A);
    expect(await isOver(rest)).toBe(false);
    reconcileOnce(reconciles, A, false);
    expect(await isOver(rest)).toBe(false);
    reconcileOnce(reconciles, A);
    expect(await isOver(rest)).toBe(true);
  });

  it('waits for a round that began after the call, whatever is called later during the same round', async () => {
    const reconciles = new PendingReconciles([]);
    reconciles.notified(A);
    reconciles.started(A);
    reconciles.notified(A);
    const rest = reconciles.whenHandled([A], forever);
    reconciles.notified(A);
    reconciles.recorded(A);
    reconciles.ended(A);
    expect(await isOver(rest)).toBe(false);
    reconcileOnce(reconciles, A);
    expect(await isOver(rest)).toBe(true);
    expect(await isOver(reconciles.whenHandled([A], forever))).toBe(true);
  });

  it('keeps the calls of a round that did not settle', async () => {
    const reconciles = new PendingReconciles([]);
    reconciles.started(A);
    reconciles.notified(A, ms(20));
    const rest = reconciles.whenHandled([A], forever);
    reconciles.ended(A);
    expect([await isOver(rest), reconciles.notifiedSince]).toEqual([false, 20]);
    reconciles.started(A);
    reconciles.notified(A, ms(70));
    reconciles.recorded(A);
    reconciles.ended(A);
    expect([await isOver(rest), reconciles.notifiedSince]).toEqual([true, 70]);
  });

  it('does not wait for what is called later', async () => {
    const reconciles = new PendingReconciles([]);
    reconciles.notified(A);
    const rest = reconciles.whenHandled([A], forever);
    reconciles.started(A);
    reconciles.notified(A);
    reconciles.recorded(A);
    reconciles.ended(A);
    expect(await isOver(rest)).toBe(true);
    expect(await isOver(reconciles.whenHandled([A], forever))).toBe(false);
  });

  it('waits for rounds of others that are under way: they may be about to subscribe', async () => {
    const reconciles = new PendingReconciles([]);
    reconciles.notified(B);
    reconciles.started(B);
    const rest = reconciles.whenHandled([], forever);
    expect(await isOver(rest)).toBe(false);
    reconciles.ended(B);
    expect(await isOver(rest)).toBe(true);
  });

  it('ends with its signal', async () => {
    const reconciles = new PendingReconciles([]);
    reconciles.notified(A);
    const stop = new AbortController();
    const rest = reconciles.whenHandled([A], stop.signal);
    stop.abort(new Error('stop'));
    await expect(rest).rejects.toThrow('stop');
  });
});

describe('since when somebody is called', () => {
  it('is the earliest of what no settled round has answered', () => {
    const reconciles = new PendingReconciles([]);
    expect(reconciles.notifiedSince).toBeUndefined();
    reconciles.notified(A, ms(50));
    reconciles.notified(A, ms(30));
    reconciles.notified(A);
    reconciles.notified(B, ms(40));
    expect(reconciles.notifiedSince).toBe(30);
    reconciles.started(A);
    reconciles.notified(B, ms(60));
    reconciles.ended(A);
    expect(reconciles.notifiedSince).toBe(30);
    reconcileOnce(reconciles, A);
    expect(reconciles.notifiedSince).toBe(40);
    reconcileOnce(reconciles, B);
    expect(reconciles.notifiedSince).toBeUndefined();
  });
});

describe('being caught up', () => {
  it('takes a round of each dependant that was known at the start', async () => {
    const reconciles = new PendingReconciles([A, B]);
    reconcileOnce(reconciles, A);
    reconcileOnce(reconciles, dependantNamed('ns/new'));
    expect(await isOver(reconciles.whenCaughtUp)).toBe(false);
    reconcileOnce(reconciles, B, false);
    expect(await isOver(reconciles.whenCaughtUp)).toBe(true);
    expect(await isOver(new PendingReconciles([]).whenCaughtUp)).toBe(true);
  });
});
