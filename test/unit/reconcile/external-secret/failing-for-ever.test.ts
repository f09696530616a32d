import { expect, it } from '@jest/globals';
import { World } from '../world.ts';

it('writes one status for what fails for ever, however often it is tried', async () => {
  const world = new World();
  world.apply('lost', { data: [{ secretKey: 'password', remoteRef: { key: 'nowhere' } }] });
  for (let round = 0; round < 20; round += 1) {
    world.sync();
    await world.reconcile('lost');
    world.source.refresh();
    await world.clock.advance(300_000);
  }
  expect(world.ready('lost')).toBe('RemoteSecretNotFound');
  expect(world.api.writes.length).toBe(1);
});
