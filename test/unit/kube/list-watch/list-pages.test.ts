import { performance } from 'node:perf_hooks';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { ok } from '../../../../src/base/result.ts';
import { listPages } from '../../../../src/kube/list-watch/list-pages.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import type { KubeTransport } from '../../../../src/kube/rest/transport.ts';

/** Answers every request with one page of so many Secrets. */
function transportOf(count: number, slices = new TimeSlices()): KubeTransport {
  const items = Array.from({ length: count }, (_, index) => ({ metadata: { name: `s${index}`, namespace: 'team' } }));
  const callSized = () => Promise.resolve(ok({ body: { metadata: { resourceVersion: '7' }, items }, bytes: 1_000 }));
  return { callSized, slices } as unknown as KubeTransport;
}

describe('listPages', () => {
  it('gives the event loop back between objects that take long to look at', async () => {
    const loop = { iterations: 0, isOver: false };
    const counting = (async () => {
      for (; !loop.isOver; loop.iterations += 1) await nextIteration();
    })();
    const seen: number[] = [];
    const look = (): readonly number[] => {
      const end = performance.now() + 6;
      while (performance.now() < end);
      seen.push(loop.iterations);
      return [loop.iterations];
    };
    const listed = await listPages(transportOf(5), { type: builtin.secret, namespace: '' }, look, new AbortController().signal);
    loop.isOver = true;
    await counting;
    expect(listed).toMatchObject({ ok: true, value: { resourceVersion: '7', objects: seen } });
    // In the first iteration the break may come before the count.
    expect(new Set(seen).size).toBeGreaterThanOrEqual(4);
  });

  it('shares the slices of the event loop with all other lists', async () => {
    const loop = { iterations: 0, isOver: false };
    const counting = (async () => {
      for (; !loop.isOver; loop.iterations += 1) await nextIteration();
    })();
    const looks: number[] = [];
    const look = (): readonly number[] => {
      const end = performance.now() + 3;
      while (performance.now() < end);
      looks.push(loop.iterations);
      return [];
    };
    const slices = new TimeSlices();
    const list = (namespace: string) =>
      listPages(transportOf(2, slices), { type: builtin.secret, namespace }, look, new AbortController().signal);
    await Promise.all(Array.from({ length: 12 }, (_, index) => list(`n${index}`)));
    loop.isOver = true;
    await counting;
    // Two looks fill a slice.
    const inOne = Math.max(...looks.map((at) => looks.filter((other) => other === at).length));
    expect([looks.length, inOne <= 6]).toEqual([24, true]);
  });
});
