import { performance } from 'node:perf_hooks';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { failed, ok } from '../../../../src/base/result.ts';
import { listPages } from '../../../../src/kube/list-watch/list-pages.ts';
import { ResponseTooLargeError } from '../../../../src/kube/rest/errors.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import type { KubeTransport } from '../../../../src/kube/rest/transport.ts';

const MIB = 1024 * 1024;

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

  it.each([
    ['small', 10_000, 1_200, 32],
    ['middling', 500, 37_000, 40],
    ['large', 40, 700_000, 43],
  ])('reads pages of at most a mebibyte of %s objects, because each is parsed at once', async (_, count, size, mostCalls) => {
    const pages: number[] = [];
    let calls = 0;
    const callSized: KubeTransport['callSized'] = ({ query = {}, maxBytes = Number.POSITIVE_INFINITY }) => {
      calls += 1;
      const from = Number(query['continue'] ?? 0);
      const to = Math.min(count, from + Number(query['limit']));
      const bytes = (to - from) * size;
      if (bytes > maxBytes) {
        const cause = new ResponseTooLargeError('too large');
        return Promise.resolve(failed({ kind: 'unavailable', status: 0, message: 'too large', cause }));
      }
      pages.push(bytes);
      const items = Array.from({ length: to - from }, (__, index) => ({ metadata: { name: `s${from + index}` } }));
      const next = to === count ? {} : { continue: String(to) };
      return Promise.resolve(ok({ body: { metadata: { resourceVersion: '7', ...next }, items }, bytes }));
    };
    const transport = { callSized, slices: new TimeSlices() } as unknown as KubeTransport;
    const listed = await listPages(
      transport,
      { type: builtin.secret, namespace: '' },
      ({ metadata }) => [metadata.name],
      new AbortController().signal,
    );
    expect(listed).toMatchObject({ ok: true, value: { objects: Array.from({ length: count }, (__, index) => `s${index}`) } });
    expect(Math.max(...pages)).toBeLessThanOrEqual(MIB);
    expect(calls).toBeLessThanOrEqual(mostCalls);
  });
});
