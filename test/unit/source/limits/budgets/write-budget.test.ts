// The turns of writes: namespaces that share an account wait for each other, and not for the number of writes of another one.
import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { RateLimiter } from '../../../../../src/queue/rate-limiter.ts';
import { CallBudgets } from '../../../../../src/source/limits/budgets/call-budgets.ts';
import { LONGEST_WAIT, SharedWriteBudget } from '../../../../../src/source/limits/budgets/write-budget.ts';
import { keyOf } from '../../../../../src/base/key.ts';
import { FakeClock, settlePromises } from '../../../../support/fake-clock.ts';

const identity: Identity = { service: 'SecretsManager', region: 'eu-central-1', base: { kind: 'operator' }, roles: [] };
const never = (): AbortSignal => new AbortController().signal;

class Scene {
  readonly clock = new FakeClock(undefined, settlePromises);
  readonly budgets = new CallBudgets(this.clock);
  readonly writes = new SharedWriteBudget(this.clock, this.budgets);
  readonly made: Record<string, number> = {};
  readonly #end = new AbortController();

  /** Uses up what may be written at once. */
  empty(): void {
    while (this.budgets.take(identity, 'write', 'wanted', 'before') === 0);
  }

  /** A key that writes again and again. When a write is refused, its queue repeats it with growing delays. Resolves with the longest wait of a write. */
  async key(namespace: string, name: string): Promise<number> {
    const retries = new RateLimiter(undefined, () => 0.5);
    const key = keyOf(namespace, name);
    const { signal } = this.#end;
    let longest = 0;
    try {
      for (let since = this.clock.monotonic(); ;) {
        const wait = await this.writes.take({ identity, namespace }, signal);
        longest = Math.max(longest, this.clock.monotonic() - since);
        if (wait > 0) await this.clock.sleep(ms(Math.max(wait, retries.next(key))), signal);
        else {
          this.made[namespace] = (this.made[namespace] ?? 0) + 1;
          retries.forget(key);
          // The rest of the reconcile.
          await this.clock.sleep(ms(10), signal);
          since = this.clock.monotonic();
        }
      }
    } catch (error) {
      if (signal.aborted) return longest;
      throw error;
    }
  }

  end(): void {
    this.#end.abort(new DOMException('end', 'AbortError'));
  }
}

describe('writes that share an account', () => {
  it('take turns by namespace: one key has its turn beside 500 of another namespace', async () => {
    const scene = new Scene();
    const big = Array.from({ length: 500 }, (_, index) => scene.key('big', `key-${index}`));
    await scene.clock.advance(2_000);
    const small = scene.key('small', 'only');
    await scene.clock.advance(20_000);
    scene.end();
    await Promise.all(big);
    // Twenty writes a second are shared by two.
    expect(await small).toBeLessThanOrEqual(150);
    expect(scene.made['small']).toBeGreaterThan(120);
    expect(scene.made['big']).toBeGreaterThan(200);
    expect(scene.clock.sleeping).toBe(0);
  });

  it('are made in their order within a namespace', async () => {
    const scene = new Scene();
    scene.empty();
    const order: number[] = [];
    const writes = [0, 1, 2].map(async (index) => {
      if ((await scene.writes.take({ identity, namespace: 'one' }, never())) === 0) order.push(index);
    });
    await scene.clock.advance(1_000);
    await Promise.all(writes);
    expect(order).toEqual([0, 1, 2]);
  });

  it('are refused when too many wait, and after the longest wait', async () => {
    const scene = new Scene();
    for (let count = 0; count < 200; count += 1) scene.budgets.spend(identity, 'write');
    const take = () => scene.writes.take({ identity, namespace: 'one' }, never());
    const waiting = Array.from({ length: 100 }, take);
    expect(await take()).toBe(LONGEST_WAIT);
    // Another namespace has a line of its own.
    const other = scene.writes.take({ identity, namespace: 'two' }, never());
    await scene.clock.advance(0);
    // Each has its longest wait; only the first of each namespace waits for the budget as well.
    expect(scene.clock.sleeping).toBe(101 + 2);
    await scene.clock.advance(LONGEST_WAIT);
    expect(new Set(await Promise.all([...waiting, other]))).toEqual(new Set([LONGEST_WAIT]));
    expect(scene.clock.sleeping).toBe(0);
  });

  it('make way when they are given up', async () => {
    const scene = new Scene();
    scene.empty();
    const [first, second] = [new AbortController(), new AbortController()];
    const given = [first, second].map(({ signal }) => scene.writes.take({ identity, namespace: 'one' }, signal));
    const third = scene.writes.take({ identity, namespace: 'one' }, never());
    const ended = Promise.allSettled(given);
    second.abort(new DOMException('second', 'AbortError'));
    await scene.clock.advance(0);
    first.abort(new DOMException('first', 'AbortError'));
    await scene.clock.advance(200);
    expect(await third).toBe(0);
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(scene.clock.sleeping).toBe(0);
  });
});
