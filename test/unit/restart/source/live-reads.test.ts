// Live reads before a restart: one for all workloads of a content.
import { describe, expect, it } from '@jest/globals';
import { failed, ok } from '../../../../src/base/result.ts';
import type { KubeResult } from '../../../../src/kube/port.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { askedContent, LiveReads } from '../../../../src/restart/source/live-reads.ts';

const source = { kind: 'Secret', name: 'database' } as const;
const { signal } = new AbortController();

function scene() {
  const read: string[] = [];
  let next: () => Promise<KubeResult<string>> = () => Promise.resolve(ok('live'));
  const clock = new FakeClock();
  const reads = new LiveReads<string>({
    clock,
    read: (namespace, { name }) => {
      read.push(`${namespace}/${name}`);
      return next();
    },
  });
  return { clock, reads, read, answer: (how: typeof next) => (next = how) };
}

describe('a live read', () => {
  it('is made once for all workloads of a content', async () => {
    const { reads, read } = scene();
    const all = await Promise.all(Array.from({ length: 200 }, () => reads.read('team', source, '2.a', signal)));
    expect(all.every((one) => one.ok && one.value === 'live')).toBe(true);
    await reads.read('team', source, '2.a', signal);
    expect(read).toEqual(['team/database']);
  });

  it('is made again for the next content, and for each namespace and kind', async () => {
    const { reads, read } = scene();
    await reads.read('team', source, '2.a', signal);
    await reads.read('team', source, '3.b', signal);
    await reads.read('other', source, '3.b', signal);
    await reads.read('team', { kind: 'ConfigMap', name: 'database' }, '3.b', signal);
    expect(read).toHaveLength(4);
  });

  it('is made again after a minute: a wave may take hours', async () => {
    const { clock, reads, read } = scene();
    await reads.read('team', source, '2.a', signal);
    await clock.advance(59_000);
    await reads.read('team', source, '2.a', signal);
    expect(read).toHaveLength(1);
    await clock.advance(1_000);
    await reads.read('team', source, '2.a', signal);
    expect(read).toHaveLength(2);
  });

  it('that failed is made again', async () => {
    const { reads, read, answer } = scene();
    answer(() => Promise.resolve(failed({ kind: 'unavailable', status: 500, message: 'later' })));
    expect((await reads.read('team', source, '2.a', signal)).ok).toBe(false);
    answer(() => Promise.reject(new Error('a defect')));
    await expect(reads.read('team', source, '2.a', signal)).rejects.toThrow('a defect');
    answer(() => Promise.resolve(ok('live')));
    expect((await reads.read('team', source, '2.a', signal)).ok).toBe(true);
    expect(read).toHaveLength(3);
  });

  it('continues for the others when one caller ends', async () => {
    const { reads, read, answer } = scene();
    const { promise, resolve } = Promise.withResolvers<KubeResult<string>>();
    answer(() => promise);
    const caller = new AbortController();
    const [first, second] = [reads.read('team', source, '2.a', caller.signal), reads.read('team', source, '2.a', signal)];
    caller.abort();
    await expect(first).rejects.toThrow();
    resolve(ok('live'));
    expect(await second).toEqual(ok('live'));
    expect(read).toHaveLength(1);
  });
});

describe('the content that is asked for', () => {
  const content = { sequence: 2, content: 'a', changes: [] };

  it('is another one for a marker of a later content: an answer from before it says nothing about it', () => {
    const planned = askedContent(content, undefined);
    for (const marker of ['1.z', '2.a', 'z', '3.a']) expect(askedContent(content, marker)).toBe(planned);
    const later = ['2.b', '3.b', '4.b'].map((marker) => askedContent(content, marker));
    expect(new Set([planned, ...later]).size).toBe(4);
  });
});
