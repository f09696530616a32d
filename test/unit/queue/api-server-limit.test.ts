import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { keyOf, type Key } from '../../../src/base/key.ts';
import { priority, type Priority } from '../../../src/base/priority.ts';
import { type ApiServerPermit, ApiServerLimit } from '../../../src/queue/api-server-limit.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const key = (name: string): Key => keyOf('team', name);

interface World {
  readonly clock: FakeClock;
  /** Names whose turn has begun, in order. */
  readonly begun: string[];
  /** Asks for a turn. */
  readonly claim: (name: string, at?: Priority) => Promise<ApiServerPermit>;
}

function world(width: number): World {
  const clock = new FakeClock();
  const turns = new ApiServerLimit({ clock, width });
  const begun: string[] = [];
  return {
    clock,
    begun,
    async claim(name, at = priority.periodic) {
      const turn = turns.of(key(name), at);
      void turn.begin().then(() => begun.push(name));
      await clock.advance(0);
      return turn;
    },
  };
}

describe('ApiServerLimit', () => {
  it('lets so many begin at once, and the next when one ends', async () => {
    const { begun, clock, claim } = world(2);
    const [a, , c] = [await claim('a'), await claim('b'), await claim('c')];
    expect(begun).toEqual(['a', 'b']);
    a[Symbol.dispose]();
    await clock.advance(0);
    expect(begun).toEqual(['a', 'b', 'c']);
    await c.begin();
  });

  it('prefers the urgent to those that have not waited for ten seconds more, and else those who came first', async () => {
    const { begun, clock, claim } = world(1);
    const turns = new Map<string, ApiServerPermit>();
    const ask = async (name: string, at?: Priority): Promise<unknown> => turns.set(name, await claim(name, at));
    await ask('holder');
    await ask('late');
    await ask('changed', priority.change);
    await ask('new', priority.urgent);
    for (const name of ['new', 'late', 'changed']) {
      turns.get(begun.at(-1) ?? '')?.[Symbol.dispose]();
      await clock.advance(0);
      expect(begun.at(-1)).toBe(name);
    }
  });

  it('sends no more to a server that answers ten a second, however long each takes', async () => {
    const { begun, clock, claim } = world(16);
    const permits = await Promise.all(Array.from({ length: 100 }, (_, index) => claim(`${index}`)));
    let most = 0;
    for (let ended = 0; ended < 50; ended += 1) {
      await clock.advance(100);
      most = Math.max(most, begun.length - ended);
      permits[Number(begun[ended])]?.[Symbol.dispose]();
    }
    expect(most).toBe(16);
  });

  it('lets nobody wait for ever, however many are urgent', async () => {
    const clock = new FakeClock();
    const turns = new ApiServerLimit({ clock, width: 1, slowAfter: ms(3_600_000) });
    const begun: string[] = [];
    const claim = (name: string, at: Priority): ApiServerPermit => {
      const turn = turns.of(key(name), at);
      void turn.begin().then(() => begun.push(name));
      return turn;
    };
    let holder = claim('holder', priority.urgent);
    const patient = claim('patient', priority.periodic);
    for (let step = 0; step < 300 && !begun.includes('patient'); step += 1) {
      const next = claim(`urgent-${step}`, priority.urgent);
      await clock.advance(100);
      holder[Symbol.dispose]();
      holder = next;
      await clock.advance(0);
    }
    expect(begun).toContain('patient');
    expect(begun.length).toBeGreaterThan(90);
    expect(begun.length).toBeLessThan(110);
    patient[Symbol.dispose]();
  });

  it('gives the place of one that takes long to another, and no second time when it ends', async () => {
    const { begun, clock, claim } = world(1);
    const hung = await claim('hung');
    const [next] = [await claim('next'), await claim('last')];
    await clock.advance(1_999);
    expect(begun).toEqual(['hung']);
    await clock.advance(1);
    expect(begun).toEqual(['hung', 'next']);
    hung[Symbol.dispose]();
    await clock.advance(0);
    expect(begun).toEqual(['hung', 'next']);
    next[Symbol.dispose]();
    await clock.advance(0);
    expect(begun).toEqual(['hung', 'next', 'last']);
  });

  it('forgets one that ends without having begun', async () => {
    const { begun, clock, claim } = world(1);
    const [first, second] = [await claim('first'), await claim('second')];
    await claim('third');
    second[Symbol.dispose]();
    first[Symbol.dispose]();
    await clock.advance(0);
    expect(begun).toEqual(['first', 'third']);
  });

  it('keeps no timer once all have ended', async () => {
    const { clock, claim } = world(4);
    for (const turn of [await claim('a'), await claim('b')]) turn[Symbol.dispose]();
    await clock.advance(ms(0));
    expect(clock.sleeping).toBe(0);
  });

  it('keeps a place for another namespace, however many of one have their turn and wait', async () => {
    const clock = new FakeClock();
    const turns = new ApiServerLimit({ clock, width: 16 });
    const begun: Key[] = [];
    const claim = async (of: Key, at: Priority = priority.urgent): Promise<ApiServerPermit> => {
      const turn = turns.of(of, at);
      void turn.begin().then(() => begun.push(of));
      await clock.advance(0);
      return turn;
    };
    const first = await claim(keyOf('many', '0'));
    for (let n = 1; n < 100; n += 1) await claim(keyOf('many', `${n}`));
    expect(begun).toHaveLength(16);
    for (const namespace of ['quiet', 'calm']) {
      await claim(keyOf(namespace, 'new'), priority.periodic);
      expect(begun.at(-1)).toBe(`${namespace}/new`);
    }
    // And whoever holds fewer goes first.
    await claim(keyOf('quiet', 'second'), priority.periodic);
    first[Symbol.dispose]();
    await clock.advance(0);
    expect(begun).toContain('quiet/second');
    expect(begun.filter((of) => of.startsWith('many/')).length).toBeLessThanOrEqual(17);
  });
});
