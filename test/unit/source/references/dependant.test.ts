import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { keyOf } from '../../../../src/base/key.ts';
import { dependantKey, dependantOf, dependantsAmong, namespaceOf } from '../../../../src/source/references/dependant.ts';
import { object } from '../../resolve/entries.ts';
import { current, minutely, startEngine } from '../engine-world.ts';

const ONE = 'externalsecrets.keytender.dev';
const OTHER = 'externalsecrets.secrets.example.com';

describe('dependantKey', () => {
  it('tells controllers, namespaces and names apart, and is read back', () => {
    const parts = [ONE, OTHER].flatMap((controller) =>
      [keyOf('team', 'db'), keyOf('team-a', 'b'), keyOf('', 'team')].map((key) => ({ controller, key })),
    );
    const keys = parts.map(({ controller, key }) => dependantKey(controller, key));
    expect(new Set(keys).size).toBe(parts.length);
    expect(keys.map(dependantOf)).toEqual(parts);
    expect(keys.map(namespaceOf)).toEqual(['team', 'team-a', '', 'team', 'team-a', '']);
  });

  it('is made for all objects of a controller that this process works on', () => {
    const objects = [
      object('ExternalSecret', 'db', 'team'),
      object('ExternalSecret', 'theirs', 'team'),
      object('ClusterSecretStore', 'aws', ''),
    ];
    expect([...dependantsAmong(objects, ONE, (key) => key !== 'team/theirs')]).toEqual([
      dependantKey(ONE, keyOf('team', 'db')),
      dependantKey(ONE, keyOf('', 'aws')),
    ]);
  });
});

describe('the engine', () => {
  it('keeps objects of two controllers apart that have one namespace and name, and reads once for both', async () => {
    const called: string[] = [];
    await using world = startEngine({ onChange: (dependant) => void called.push(dependant) });
    const one = dependantKey(ONE, keyOf('team', 'db'));
    const other = dependantKey(OTHER, keyOf('team', 'db'));
    world.aws.put('a');
    world.engine.subscribe(one, [minutely(current('a'), 'v1')]);
    world.engine.subscribe(other, [minutely(current('a'), 'v1')]);
    expect(world.engine.stats().dependants).toBe(2);
    world.aws.put('a');
    await world.clock.advance(ms(60_000));
    expect([new Set(called), called.length, world.aws.calls.length]).toEqual([new Set([one, other]), 2, 1]);
    world.engine.subscribe(one, []);
    expect([world.engine.freshness(one), world.engine.freshness(other)]).toEqual([undefined, expect.any(Number)]);
    called.length = 0;
    world.aws.put('a');
    await world.clock.advance(ms(60_000));
    expect(called).toEqual([other]);
  });
});
