// Work with a limit at the same time, shared by groups.
import { describe, expect, it } from '@jest/globals';
import { Limit } from '../../../../src/base/sharing/limit.ts';
import { settle } from '../../../support/fake-clock.ts';

const open = new AbortController().signal;

function scene(width: number, perGroup?: number | 'fair') {
  const limit = new Limit(width, perGroup);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const run = (group: string, name: string, signal = open): Promise<void> =>
    limit.run(
      group,
      async () => {
        begun.push(name);
        await new Promise<void>((resolve) => void ends.push(resolve));
      },
      signal,
    );
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await settle();
  };
  return { begun, run, end };
}

describe('a limit', () => {
  it('lets groups that wait take turns', async () => {
    const { begun, run, end } = scene(1);
    for (const name of ['a1', 'a2', 'a3']) void run('a', name);
    void run('b', 'b1');
    for (let count = 0; count < 4; count += 1) await end();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('forgets who gives up while it waits', async () => {
    const { begun, run, end } = scene(1);
    void run('a', 'a1');
    const stop = new AbortController();
    const waiting = run('a', 'a2', stop.signal);
    void run('a', 'a3');
    stop.abort(new DOMException('over', 'AbortError'));
    await expect(waiting).rejects.toThrow('over');
    await end();
    await end();
    void run('b', 'b1');
    expect(begun).toEqual(['a1', 'a3', 'b1']);
  });

  it('of one group is filled by others, and by nobody for that group', async () => {
    const { begun, run, end } = scene(3, 2);
    for (const name of ['a1', 'a2', 'a3', 'a4']) void run('a', name);
    await end();
    expect(begun).toEqual(['a1', 'a2', 'a3']);
    for (const name of ['b1', 'b2']) void run('b', name);
    expect(begun).toEqual(['a1', 'a2', 'a3', 'b1']);
    await end();
    await end();
    expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'b2']);
  });

  it('that is fair gives a place that becomes free to a group without one', async () => {
    const { begun, run, end } = scene(10, 'fair');
    for (const group of ['a', 'b', 'c']) for (let index = 0; index < 10; index += 1) void run(group, group);
    expect(begun.join('')).toBe('aaaaaaaabc');
    void run('d', 'd');
    await end();
    expect(begun.join('')).toBe('aaaaaaaabcd');
    await end();
    await end();
    expect(begun.join('')).toBe('aaaaaaaabcdb');
  });
});
