// The subscribers of a reference behave like a Map by dependant, whether there is one or there are many.
import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Subscriber, UNKNOWN } from '../../../../src/source/references/subscriber.ts';
import { Subscribers } from '../../../../src/source/references/subscribers.ts';
import { key } from '../engine-world.ts';

const steps = fc.array(
  fc.record({ name: fc.constantFrom('a', 'b', 'c'), held: fc.option(fc.string(), { nil: undefined }), leaves: fc.boolean() }),
);

it('are those that came and did not leave, in their order, each with its last interest', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const subscribers = new Subscribers();
      const expected = new Map<string, Subscriber>();
      for (const { name, held, leaves } of all) {
        const dependant = key(name);
        const subscriber = { dependant, terms: undefined, held, notified: UNKNOWN };
        if (leaves) subscribers.delete(dependant);
        else subscribers.set(subscriber);
        if (leaves) expected.delete(dependant);
        else expected.set(dependant, subscriber);
        const [first] = expected.values();
        expect(subscribers.first).toBe(first);
        expect(subscribers.size).toBe(expected.size);
        expect([...subscribers]).toEqual([...expected.values()]);
        expect([...subscribers.dependants()]).toEqual([...expected.keys()]);
        for (const each of ['a', 'b', 'c']) expect(subscribers.get(key(each))).toBe(expected.get(key(each)));
      }
    }),
  );
});
