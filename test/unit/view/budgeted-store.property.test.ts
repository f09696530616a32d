// Whatever happens to its objects, a store counts exactly those that it keeps whole, and all of them stay within the budget.
import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { OwnObject } from '../../../src/api/object/object.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { BudgetedStore } from '../../../src/view/budgeted-store.ts';

interface Sized extends OwnObject {
  readonly bytes: number;
}

const TOTAL = 1_000;

const step = fc.record({
  what: fc.constantFrom('put', 'delete', 'refine', 'read again', 'list'),
  namespace: fc.constantFrom('one', 'two'),
  name: fc.constantFrom('a', 'b', 'c'),
  /** Another object with the same name has another uid. */
  uid: fc.constantFrom('1', '2'),
  bytes: fc.integer({ min: 0, max: 500 }),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly store = new BudgetedStore<Sized>({
    kind: 'Thing',
    total: TOTAL,
    costOf: ({ bytes }) => bytes,
    nameOnly: (object, notKept) => ({ ...object, bytes: 0, notKept }),
  });
  #version = 0;
  readonly #work = new TimeSlices().worker('');

  async take({ what, namespace, name, uid, bytes }: Step): Promise<void> {
    const { store } = this;
    const known = [...store.list()].find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const keep = (raw: object): Sized => raw as Sized;
    switch (what) {
      case 'put':
        this.#tell(store.apply('modified', store.admit(this.#raw(namespace, name, uid, bytes), keep)));
        break;
      case 'delete':
        if (known !== undefined) this.#tell(store.apply('deleted', known));
        break;
      case 'refine':
        if (known?.notKept === undefined && known !== undefined) store.refine({ ...known, bytes });
        break;
      case 'read again':
        if (known !== undefined) store.readAgain({ ...known, bytes, notKept: undefined } as unknown as Sized, keep);
        break;
      case 'list': {
        // A list that was broken off has counted an object that the next one does not have.
        store.admit(this.#raw(namespace, 'broken-off', uid, bytes), keep);
        const listed = [...store.list()].filter(({ metadata }) => metadata.namespace === namespace && metadata.name !== name);
        this.#tell(
          store.replace(
            listed.map((raw) => store.admit(raw, keep)),
            namespace,
          ),
        );
        await store.listed(namespace, this.#work);
        break;
      }
    }
  }

  #tell(events: ReturnType<BudgetedStore<Sized>['apply']>): void {
    for (const event of events) this.store.released(event);
  }

  #raw(namespace: string, name: string, uid: string, bytes: number): Sized {
    const resourceVersion = `${(this.#version += 1)}`;
    const metadata = { name, namespace, uid, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' };
    return { apiVersion: 'v1', kind: 'Thing', metadata, bytes };
  }
}

it('counts exactly what it keeps whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = new World();
      for (const one of steps) {
        await world.take(one);
        const { budget } = world.store;
        const objects = [...world.store.list()];
        const whole = objects.filter(({ notKept }) => notKept === undefined);
        expect(budget.heldBytes).toBe(whole.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(budget.heldBytes).toBeLessThanOrEqual(TOTAL);
        expect(budget.notKeptCount).toBe(objects.length - whole.length);
      }
    }),
  );
});
