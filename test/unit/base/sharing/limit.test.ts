// Work with a limit at the same time, shared by groups.
import { describe, expect, it } from '@jest/globals';
import { Limit } from '../../../../src/base/sharing/limit.ts';
import { settle } from '../../../support/fake-clock.ts';

const open = new AbortController().signal;

function scene(width: number) {
  const limit = new Limit(width);
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
});
