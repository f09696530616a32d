import { describe, expect, it } from '@jest/globals';
import { defaultPolicy } from '../../../../src/restart/policy/policy.ts';
import { groupOf, target, WorkloadWorld } from '../workload/workload-world.ts';

const content = { sequence: 1, content: 'k1:a', changes: [] };

describe('the restart engine', () => {
  it('is ready when the ledger is loaded, and rejects with the reason of the signal before', async () => {
    using world = new WorkloadWorld();
    world.api.fault = ({ kind }) => (kind === 'ConfigMap' ? 'unavailable' : undefined);
    world.restart();
    const { engine } = world.restarting;
    const stop = new AbortController();
    const waiting = engine.ready(stop.signal);
    stop.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    expect(engine.isReady).toBe(false);
    world.api.fault = () => undefined;
    await world.clock.advance(60_000);
    await engine.ready(new AbortController().signal);
    expect(engine.isReady).toBe(true);
  });

  it('looks for the members of a group only if its policy or content is another', async () => {
    using world = new WorkloadWorld();
    const { engine } = world.restarting;
    await engine.ready(new AbortController().signal);
    let looks = 0;
    const declare = (policy = defaultPolicy, of = content) => engine.declare('g', policy, of, () => ((looks += 1), []));
    for (const _ of [1, 2]) declare();
    declare(defaultPolicy, { ...content });
    expect(looks).toBe(1);
    declare(defaultPolicy, { ...content, sequence: 2 });
    declare({ ...defaultPolicy, suspend: true }, { ...content, sequence: 2 });
    expect([looks, engine.view('g')?.total]).toEqual([3, 0]);
    engine.retire('g');
    expect(engine.view('g')).toBeUndefined();
    declare();
    expect(looks).toBe(4);
  });

  it('queues an ExternalSecret for its status at most once in five seconds, however many phases change', async () => {
    using world = new WorkloadWorld();
    world.want('db', { targets: ['a', 'b', 'c'].flatMap((name) => target(name).targets) });
    world.write('db', { a: '1' });
    for (const name of ['a', 'b', 'c']) world.deploy(name, { secrets: ['db'] });
    const queue = world.restarting.queues.of('externalsecrets.keytender.dev');
    for (const name of ['a', 'b']) await world.round(name);
    await world.clock.advance(200);
    expect(queue.depth).toBe(1);
    const open = new AbortController().signal;
    queue.done((await queue.take(open)) ?? ('' as never));
    // The round of the ExternalSecret makes its status.
    expect(world.restarting.engine.view(groupOf('db'))?.total).toBe(2);
    await world.round('c');
    await world.clock.advance(4_900);
    expect(queue.depth).toBe(0);
    await world.clock.advance(100);
    expect(queue.depth).toBe(1);
  });
});
