// The order in which the leader's work ends, for every cause and time.
import { describe, expect, it } from '@jest/globals';
import { type Part, runUntilStopped } from '../../../src/app/lifetime.ts';
import { untilAborted } from '../../../src/base/waiting.ts';
import { settle } from '../../support/fake-clock.ts';

function scene(parts: Readonly<Record<string, Part>> = {}) {
  const log: string[] = [];
  const causes: unknown[] = [];
  const stop = new AbortController();
  const finished = Promise.withResolvers<void>();
  const tidy: Part = async (_stop, end) => {
    await aborted(end);
    log.push('part ended');
  };
  const ended = runUntilStopped({
    signal: stop.signal,
    onStop: (cause) => void causes.push(cause),
    parts: { tidy, ...parts },
    workers: async (signal) => {
      await aborted(signal);
      log.push('workers finish');
      await finished.promise;
      log.push('workers ended');
    },
  });
  ended.catch(() => undefined);
  return { log, causes, stop, finish: finished.resolve, fail: finished.reject, ended };
}

async function aborted(signal: AbortSignal): Promise<void> {
  await untilAborted(new Promise<void>(() => undefined), signal).catch(() => undefined);
}

const IN_ORDER = ['workers finish', 'workers ended', 'part ended'];

describe('the work of the leader', () => {
  it('ends in order when asked to: what was begun is finished before its parts go', async () => {
    const { log, stop, finish, ended } = scene();
    stop.abort();
    await settle();
    expect(log).toEqual(['workers finish']);
    finish();
    await ended;
    expect(log).toEqual(IN_ORDER);
  });

  it('ends in order whatever the reason of the abort is', async () => {
    const { log, stop, finish, ended } = scene();
    stop.abort(new Error('the lease is lost'));
    finish();
    await ended;
    expect(log).toEqual(IN_ORDER);
  });

  it('ends in order when it was asked to before it began', async () => {
    const { log, stop, finish, ended } = scene();
    finish();
    stop.abort();
    await ended;
    expect(log).toEqual(IN_ORDER);
  });

  it.each(['at once', 'while working', 'while the workers finish'])(
    'ends in order when a part fails %s, and rejects with it',
    async (phase) => {
      const failing = Promise.withResolvers<void>();
      const broken = new Error('broken');
      const { log, stop, finish, ended } = scene({ weak: () => failing.promise });
      if (phase !== 'at once') await settle();
      if (phase === 'while the workers finish') stop.abort();
      await settle();
      failing.reject(broken);
      await settle();
      expect(log).toEqual(['workers finish']);
      finish();
      await expect(ended).rejects.toMatchObject({ message: 'weak: failed; this is a defect', cause: broken });
      expect(log).toEqual(IN_ORDER);
    },
  );

  it('ends in order when a part throws before its first wait, and rejects with it', async () => {
    const broken = new Error('broken');
    const { log, finish, ended } = scene({
      weak: () => {
        throw broken;
      },
    });
    await settle();
    expect(log).toEqual(['workers finish']);
    finish();
    await expect(ended).rejects.toMatchObject({ message: 'weak: failed; this is a defect', cause: broken });
    expect(log).toEqual(IN_ORDER);
  });

  it('ends the parts also when the workers throw before their first wait', async () => {
    const log: string[] = [];
    const parts = {
      tidy: async (_stop: AbortSignal, end: AbortSignal) => {
        await aborted(end);
        log.push('part ended');
      },
    };
    const workers = (): Promise<void> => {
      throw new Error('broken');
    };
    await expect(runUntilStopped({ signal: new AbortController().signal, parts, workers })).rejects.toThrow('workers: failed');
    expect(log).toEqual(['part ended']);
  });

  it.each(['before it began', 'while it works'])(
    'tells once that it ends, and why, before what was begun has ended: asked to %s',
    async (when) => {
      const lost = new Error('the lease is lost');
      const made = scene();
      if (when === 'while it works') await settle();
      made.stop.abort(lost);
      await settle();
      expect([made.causes, made.log]).toEqual([[lost], ['workers finish']]);
      made.finish();
      await made.ended;
      expect(made.causes).toEqual([lost]);
    },
  );

  it('tells the defect of a part while the rest still works', async () => {
    const { causes, finish, ended } = scene({ weak: () => Promise.reject(new Error('broken')) });
    await settle();
    expect(causes).toMatchObject([{ message: 'weak: failed; this is a defect' }]);
    finish();
    await expect(ended).rejects.toThrow('weak: failed');
  });

  it('takes a part that ends before the workers for a defect', async () => {
    const { finish, ended, log } = scene({ short: () => Promise.resolve() });
    finish();
    await expect(ended).rejects.toThrow('short: ended too early; this is a defect');
    expect(log).toEqual(IN_ORDER);
  });

  it('ends the parts also when the workers fail', async () => {
    const { stop, fail, ended, log } = scene();
    stop.abort();
    fail(new Error('broken'));
    await expect(ended).rejects.toThrow('workers: failed; this is a defect');
    expect(log).toEqual(['workers finish', 'part ended']);
  });
});
