import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { keyed } from '../../../../src/source/references/reference-key.ts';
import { ReferenceIndex } from '../../../../src/source/references/reference-index.ts';
import { TrackedReference } from '../../../../src/source/references/tracked-reference.ts';
import { current, identityNamed, key, minutely } from '../engine-world.ts';

function tracked(name: string, identity = identityNamed()): TrackedReference {
  const reference = current(name, identity);
  const one = new TrackedReference(keyed(reference), 0, { minInterval: ms(1_000) });
  one.subscribe(key('a'), minutely(reference));
  return one;
}

const any = (): boolean => true;
const change = (name: string) => ({ service: 'SecretsManager', name }) as const;

describe('the index of references', () => {
  it('finds all references of one name, however many there are', () => {
    const index = new ReferenceIndex();
    const all = ['one', 'two', 'three'].map((identity) => tracked('db', identityNamed(identity)));
    for (const [count, each] of all.entries()) {
      index.add(each);
      index.add(each);
      expect(index.of(change('db'), any)).toEqual(all.slice(0, count + 1));
      expect([...index.candidates(change('db'))]).toEqual(all.slice(0, count + 1).map((one) => ({ tracked: one, isConcerned: true })));
    }
    expect(index.of(change('other'), any)).toEqual([]);
    for (const [count, each] of all.entries()) {
      index.delete(each);
      expect(index.of(change('db'), any)).toEqual(all.slice(count + 1));
    }
  });

  it('keeps a reference when another one of the name leaves that was not there', () => {
    const index = new ReferenceIndex();
    const there = tracked('db');
    index.add(there);
    index.delete(tracked('db', identityNamed('another')));
    expect(index.of(change('db'), any)).toEqual([there]);
  });

  it('compares with a change only those references that meet the condition', () => {
    const index = new ReferenceIndex();
    const compared = { count: 0 };
    const reference = {
      ...current('db'),
      get secretId() {
        compared.count += 1;
        return 'db';
      },
    };
    index.add(new TrackedReference(keyed(reference), 0, { minInterval: ms(1_000) }));
    const other = tracked('db', identityNamed('another'));
    index.add(other);
    const before = compared.count;
    expect(index.of(change('db'), (one) => one === other)).toEqual([other]);
    expect(compared.count).toBe(before);
    expect(index.of(change('db'), any)).toHaveLength(2);
    expect(compared.count).toBeGreaterThan(before);
  });
});
