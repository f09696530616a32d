// Failures of AWS that take half a minute and more to pass: the whole work of the leader, over a clock that stands still. Those that pass at once are in
// test/cluster/sync/aws-failures.test.ts.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { OperateWorld } from './operate-world.ts';

function reasonOf(world: OperateWorld): string | undefined {
  const status = world.api.find(keytender.kinds.externalSecret, 'team', 'db')?.['status'];
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly { readonly type: string; readonly reason: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.reason;
}

describe('AWS', () => {
  it('that denies is asked again after half a minute, so that a repaired permission shows', async () => {
    using world = new OperateWorld();
    world.aws.put('db');
    world.aws.fail('db', 'AccessDenied');
    world.apply();
    const end = world.lead();
    await world.clock.advance(2_000);
    expect([reasonOf(world), world.secret('db')]).toEqual(['AccessDenied', undefined]);
    world.aws.failures.clear();
    expect(world.aws.reads).toEqual({ db: 1 });
    await world.clock.advance(20_000);
    expect([reasonOf(world), world.aws.reads]).toEqual(['AccessDenied', { db: 1 }]);
    await world.clock.advance(20_000);
    expect(reasonOf(world)).toBe('SecretSynced');
    expect(world.secret('db')).toMatchObject({ data: { password: Buffer.from('canary-db@v1').toString('base64') } });
    expect(world.aws.reads).toEqual({ db: 2 });
    world.stop.abort();
    await world.clock.advance(1_000);
    expect(await end).toBe(true);
  });
});
