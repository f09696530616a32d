import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/clock.ts';
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

function round(rounds: PendingReconciles, key: DependantKey, settled = true): void {
  rounds.began(key);
  if (settled) rounds.settled(key);
  rounds.ended(key);
}

describe('rest', () => {
  it('comes at once for those whom nobody has called', async () => {
    expect(await isOver(new PendingReconciles([]).rest([A, B], forever))).toBe(true);
  });

  it('comes with a settled round that began after the call', async () => {
    const rounds = new PendingReconciles([]);
    rounds.began(A);
    rounds.called(A);
    const rest = rounds.rest([A], forever);
    rounds.settled(A);
    rounds.ended(A);
    expect(await isOver(rest)).toBe(false);
    round(rounds, A, false);
    expect(await isOver(rest)).toBe(false);
    round(rounds, A);
    expect(await isOver(rest)).toBe(true);
  });

  it('waits for a round that began after the call, whatever is called later during the same round', async () => {
    const rounds = new PendingReconciles([]);
    rounds.called(A);
    rounds.began(A);
    rounds.called(A);
    const rest = rounds.rest([A], forever);
    rounds.called(A);
    rounds.settled(A);
    rounds.ended(A);
    expect(await isOver(rest)).toBe(false);
    round(rounds, A);
    expect(await isOver(rest)).toBe(true);
    expect(await isOver(rounds.rest([A], forever))).toBe(true);
  });

  it('keeps the calls of a round that did not settle', async () => {
    const rounds = new PendingReconciles([]);
    rounds.began(A);
    rounds.called(A, ms(20));
    const rest = rounds.rest([A], forever);
    rounds.ended(A);
    expect([await isOver(rest), rounds.calledSince]).toEqual([false, 20]);
    rounds.began(A);
    rounds.called(A, ms(70));
    rounds.settled(A);
    rounds.ended(A);
    expect([await isOver(rest), rounds.calledSince]).toEqual([true, 70]);
  });

  it('does not wait for what is called later', async () => {
    const rounds = new PendingReconciles([]);
    rounds.called(A);
    const rest = rounds.rest([A], forever);
    rounds.began(A);
    rounds.called(A);
    rounds.settled(A);
    rounds.ended(A);
    expect(await isOver(rest)).toBe(true);
    expect(await isOver(rounds.rest([A], forever))).toBe(false);
  });

  it('waits for rounds of others that are under way: they may be about to subscribe', async () => {
    const rounds = new PendingReconciles([]);
    rounds.called(B);
    rounds.began(B);
    const rest = rounds.rest([], forever);
    expect(await isOver(rest)).toBe(false);
    rounds.ended(B);
    expect(await isOver(rest)).toBe(true);
  });

  it('ends with its signal', async () => {
    const rounds = new PendingReconciles([]);
    rounds.called(A);
    const stop = new AbortController();
    const rest = rounds.rest([A], stop.signal);
    stop.abort(new Error('stop'));
    await expect(rest).rejects.toThrow('stop');
  });
});

describe('since when somebody is called', () => {
  it('is the earliest of what no settled round has answered', () => {
    const rounds = new PendingReconciles([]);
    expect(rounds.calledSince).toBeUndefined();
    rounds.called(A, ms(50));
    rounds.called(A, ms(30));
    rounds.called(A);
    rounds.called(B, ms(40));
    expect(rounds.calledSince).toBe(30);
    rounds.began(A);
    rounds.called(B, ms(60));
    rounds.ended(A);
    expect(rounds.calledSince).toBe(30);
    round(rounds, A);
    expect(rounds.calledSince).toBe(40);
    round(rounds, B);
    expect(rounds.calledSince).toBeUndefined();
  });
});

describe('being caught up', () => {
  it('takes a round of each dependant that was known at the start', async () => {
    const rounds = new PendingReconciles([A, B]);
    round(rounds, A);
    round(rounds, dependantNamed('ns/new'));
    expect(await isOver(rounds.whenCaughtUp)).toBe(false);
    round(rounds, B, false);
    expect(await isOver(rounds.whenCaughtUp)).toBe(true);
    expect(await isOver(new PendingReconciles([]).whenCaughtUp)).toBe(true);
  });
});
