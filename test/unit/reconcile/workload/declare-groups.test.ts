// What a round tells the admission of the groups of a workload.
import { expect, it } from '@jest/globals';
import { keyOf } from '../../../../src/base/key.ts';
import { reconcileWorkload } from '../../../../src/reconcile/workload/reconcile.ts';
import { due } from './changed.ts';
import { TEAM } from './workload-world.ts';

it('declares a group although each look at its source makes another object of the same content', async () => {
  using world = await due();
  world.restart();
  world.sync();
  const context = world.restarting.context();
  const { contents, engine } = context;
  const anew = { ...contents, cached: (...of: Parameters<typeof contents.cached>) => structuredClone(contents.cached(...of)) };
  const { signal } = new AbortController();
  await engine.ready(signal);
  await reconcileWorkload(keyOf(TEAM, 'app'), { ...context, contents: anew }, signal);
  expect(world.member('db')).toMatchObject({ phase: 'Pending' });
});
