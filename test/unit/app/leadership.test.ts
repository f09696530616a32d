import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { installation } from '../../../src/api/installation.ts';
import { lead, type Leading, type LeadershipOptions } from '../../../src/app/leadership.ts';
import { type Ms, ms } from '../../../src/base/time/clock.ts';
import { parseInvocation, type Config } from '../../../src/config.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';

function config(...flags: readonly string[]): Config {
  const parsed = parseInvocation(['controller', ...flags], {}, 'test');
  if (parsed.kind !== 'run') throw new Error('bad flags');
  return parsed.config;
}

function scene(settings: Config, api = new MemoryApi(), doneUntil?: () => Ms, shard?: string) {
  const clock = new FakeClock();
  const leading: boolean[] = [];
  const lines: string[] = [];
  const stop = new AbortController();
  const started = Promise.withResolvers<Parameters<LeadershipOptions['work']>>();
  const client = {
    get: api.get.bind(api),
    list: api.list.bind(api),
    create: api.create.bind(api),
    mergePatch: api.mergePatch.bind(api),
    delete: api.delete.bind(api),
  };
  const end = lead({
    config: settings,
    client,
    namespace: 'ops',
    ...(shard !== undefined && { shard }),
    clock,
    metrics: { leads: (now) => void leading.push(now) },
    logger: createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } }),
    signal: stop.signal,
    ...(doneUntil && { doneUntil }),
    work: async (leading, signal) => {
      started.resolve([leading, signal]);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
  });
  const messages = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  return { api, clock, leading, messages, stop, started: started.promise, end, client };
}

const write = ({ client }: Leading) =>
  client.create(builtin.secret, 'team', { metadata: { name: 'x', namespace: 'team' } }, new AbortController().signal);

describe('lead', () => {
  it('works at once without leader election, with the client as it is', async () => {
    const { leading, stop, started, end, client } = scene(config('--leader-elect=false'));
    const [work] = await started;
    expect(work.client).toBe(client);
    expect(work.right.remainingMs()).toBe(Number.POSITIVE_INFINITY);
    stop.abort();
    expect([await end, leading]).toEqual([true, [true]]);
  });

  it('takes a Lease of its own for a shard', async () => {
    const { api, stop, started, end } = scene(config('--leader-elect'), undefined, undefined, 'b');
    await started;
    expect([api.find(builtin.lease, 'ops', 'keytender-b'), api.find(builtin.lease, 'ops', 'keytender')]).toEqual([
      expect.anything(),
      undefined,
    ]);
    stop.abort();
    expect(await end).toBe(true);
  });

  it('takes the Lease, works, and gives it back when asked to stop', async () => {
    const { api, leading, messages, stop, started, end } = scene(config('--leader-elect'));
    const [work] = await started;
    expect(api.find(builtin.lease, 'ops', installation.leaseName)).toBeDefined();
    expect(await write(work)).toMatchObject({ ok: true });
    expect(work.right.remainingMs()).toBe(10_000);
    stop.abort();
    expect([await end, leading]).toEqual([true, [true, false]]);
    expect(messages()).toEqual(expect.arrayContaining(['started leading', 'leader observed']));
    expect(api.find(builtin.lease, 'ops', installation.leaseName)).toMatchObject({ spec: { holderIdentity: '' } });
  });

  it('tells the next one until when it has worked', async () => {
    const before = scene(config('--leader-elect'));
    expect((await before.started)[0].leadUntil).toBeUndefined();
    await before.clock.advance(10_000);
    before.stop.abort();
    await before.end;
    const until = before.clock.now();
    const after = scene(config('--leader-elect'), before.api);
    expect((await after.started)[0].leadUntil).toBe(until);
    after.stop.abort();
    await after.end;
  });

  it('tells the next one of what it has left undone', async () => {
    const done = ms(Date.UTC(2025, 11, 31));
    const before = scene(config('--leader-elect'), new MemoryApi(), () => done);
    await before.started;
    before.stop.abort();
    await before.end;
    const after = scene(config('--leader-elect'), before.api);
    expect((await after.started)[0].leadUntil).toBe(done);
    after.stop.abort();
    await after.end;
  });

  it('ends the work and asks to exit when the Lease is lost, and writes nothing after that', async () => {
    const { api, clock, leading, messages, started, end } = scene(config('--leader-elect'));
    const [work, signal] = await started;
    api.fault = ({ kind }) => (kind === 'Lease' ? 'unavailable' : undefined);
    await clock.advance(60_000);
    expect(signal.aborted).toBe(true);
    expect([await end, leading]).toEqual([false, [true, false]]);
    expect(await write(work)).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(work.right.remainingMs()).toBeLessThanOrEqual(0);
    expect(messages()).toEqual(expect.arrayContaining(['lease could not be acquired or renewed; trying again']));
    expect(messages().at(-1)).toBe('leadership lost; exiting so that nothing of the old view remains');
  });
});
