// The availability of failing identities: identities without use are removed.
import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../../src/failure/failure.ts';
import { Availability } from '../../../../../src/source/limits/breakers/availability.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const MINUTE = 60_000;
const DENIED = failure('CredentialsInvalid', 'the key is not known');

describe('troubles', () => {
  it('of identities that nobody tries any more are forgotten, and nobody is told that they are over', async () => {
    const clock = new FakeClock();
    const turns: string[] = [];
    const availability = new Availability<string>({ clock, onChange: (key) => void turns.push(key) });
    for (let key = 0; key < 100; key += 1) {
      availability.passed(`key ${key}`);
      availability.failed(`key ${key}`, { failure: DENIED, failures: 2 });
      availability.failed('still used', { failure: DENIED, failures: 2 });
      await clock.advance(MINUTE);
      availability.expire();
    }
    turns.length = 0;
    expect(availability.size).toBeLessThan(30);
    expect([availability.of('key 99'), availability.of('still used')]).toEqual([DENIED, DENIED]);
    expect(availability.of('key 0')).toBe('unknown');
    await clock.advance(60 * MINUTE);
    availability.expire();
    expect([availability.size, turns]).toEqual([0, []]);
    // An identity that is used again is reported again.
    availability.passed('key 0');
    expect([availability.of('key 0'), turns]).toEqual(['available', ['key 0']]);
  });
});
