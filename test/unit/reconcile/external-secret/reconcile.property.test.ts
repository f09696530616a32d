import { describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import type { ExternalSecretSpec } from '../../../../src/api/schema/external-secret.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { type SecretObject, valueIn } from '../../../../src/api/object/object.ts';
import type { Call, Fault } from '../../../support/fakes/memory-api.ts';
import { NAMESPACE, World } from '../world.ts';

const NAME = 'orders';
const ids = ['db', 'api'] as const;

type Step =
  | { readonly do: 'value'; readonly id: (typeof ids)[number]; readonly value: string }
  | { readonly do: 'failing'; readonly id: (typeof ids)[number]; readonly fails: boolean }
  | { readonly do: 'spec'; readonly which: number }
  | { readonly do: 'drift'; readonly which: number }
  | { readonly do: 'faults'; readonly faults: readonly Fault[] }
  | { readonly do: 'order'; readonly secretsFirst: boolean }
  | { readonly do: 'reconcile' | 'workload' | 'see' | 'restart' | 'refresh' | 'roll' };

const value = fc.constantFrom('one', 'two', 'three');
const id = fc.constantFrom(...ids);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('value' as const), id, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('failing' as const), id, fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('spec' as const), which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drift' as const), which: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('faults' as const),
      faults: fc.array(fc.constantFrom<Fault>('lost', 'crash-before', 'crash-after', 'conflict', 'unavailable', 'forbidden'), {
        maxLength: 4,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('order' as const), secretsFirst: fc.boolean() }) },
  { weight: 16, arbitrary: fc.record({ do: fc.constantFrom('reconcile' as const, 'workload' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('see' as const, 'refresh' as const, 'roll' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

const targets = { targets: [{ kind: 'Deployment' as const, name: 'app' }] };
const both = ids.map((key) => ({ secretKey: key, remoteRef: { key } }));
/** All may recreate: what is immutable has to be, to become anything else. An orphan has no controller that would speak for its record. */
const specs: readonly Partial<ExternalSecretSpec>[] = [
  { data: both, target: { recreate: true }, restart: targets },
  { data: both.slice(0, 1), target: { recreate: true }, restart: targets },
  { data: both, target: { recreate: true, creationPolicy: 'Orphan', template: { metadata: { labels: { tier: 'x' } } } }, restart: targets },
  { data: both, target: { recreate: true, immutable: true }, restart: targets },
];

/** What people and other programs do to the Secret. */
const drifts: readonly ((world: World) => void)[] = [
  (world) => {
    // The record is on the Secret and, a moment later, in the status. Who deletes the one before the other is written takes all that is known.
    if (world.content(NAME) === world.resource(NAME)?.status?.content) world.api.remove(builtin.secret, NAMESPACE, NAME);
  },
  ({ api }) => api.edit(builtin.secret, NAMESPACE, NAME, { data: { db: 'eA==' } }),
  ({ api }) => api.edit(builtin.secret, NAMESPACE, NAME, { data: { added: '' } }),
  ({ api }) => api.edit(builtin.secret, NAMESPACE, NAME, { metadata: { labels: { [keytender.labels.managed]: null } } }),
  ({ api }) => api.edit(builtin.secret, NAMESPACE, NAME, { metadata: { ownerReferences: null } }),
  ({ api }) => api.edit(builtin.secret, NAMESPACE, NAME, { metadata: { annotations: { unrelated: 'x' } } }),
];

/** Looks at each write: what the Secret holds under which content id. */
class Witness {
  /** Every distinct content in the order in which it was written, neighbours being different. */
  readonly history: { readonly content: string; readonly data: string }[] = [];
  /** A pod that was created before the Secret starts when there is one. */
  first: SecretObject['data'];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  look(): void {
    const content = this.#world.content(NAME);
    if (content !== undefined) this.first ??= this.#world.secret(NAME)?.data;
    if (content !== undefined && content !== this.history.at(-1)?.content) {
      this.history.push({ content, data: JSON.stringify(this.#world.data(NAME)) });
    }
  }
}

function setFailing({ id: key, fails }: Extract<Step, { do: 'failing' }>, { values }: World): void {
  if (fails) values.failing.set(key, 'AccessDenied');
  else values.failing.delete(key);
}

async function take(step: Step, world: World, pending: Fault[]): Promise<void> {
  switch (step.do) {
    case 'value':
      return world.values.put(step.id, step.value);
    case 'failing':
      return setFailing(step, world);
    case 'spec':
      return world.apply(NAME, specs[step.which] ?? {});
    case 'drift':
      return drifts[step.which]?.(world);
    case 'faults':
      pending.push(...step.faults);
      return;
    case 'order':
      world.secretsFirst = step.secretsFirst;
      return;
    case 'reconcile':
      await world.reconcile(NAME);
      return world.clock.advance(7_000);
    case 'workload':
      await world.reconcileWorkload('app');
      return world.clock.advance(7_000);
    case 'see':
      return world.sync();
    case 'refresh':
      world.source.refresh();
      return;
    case 'roll':
      world.rollStep('app');
      return;
    case 'restart':
      return world.restart();
    default:
      return step satisfies never;
  }
}

function expected(world: World): Record<string, string> {
  const { data = [] } = world.resource(NAME)!.spec as ExternalSecretSpec;
  return Object.fromEntries(
    data
      .map(({ secretKey, remoteRef }) => [secretKey, world.values.valueOf(remoteRef.key) ?? ''] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function play(steps: readonly Step[]): Promise<{ readonly world: World; readonly witness: Witness }> {
  const world = new World();
  const witness = new Witness(world);
  const pending: Fault[] = [];
  // After each call the world is looked at before the next one may change it.
  world.api.fault = (_call: Call) => {
    witness.look();
    return pending.shift();
  };
  for (const secret of ids) world.values.put(secret, 'one');
  world.deploy('app');
  await world.clock.advance(60_000);
  world.apply(NAME, specs[0] ?? {});
  world.sync();
  for (const step of steps) {
    await take(step, world, pending);
    witness.look();
  }
  pending.length = 0;
  world.values.failing.clear();
  await world.settle(NAME);
  witness.look();
  return { world, witness };
}

// Hundreds of schedules each, on machines that may be busy with other things.
jest.setTimeout(60_000);

describe('reconcileExternalSecret, whatever happens', () => {
  const schedules = fc.array(anyStep, { maxLength: 40 });
  const runs = { numRuns: 200 };

  it('ends with what AWS holds, and the status says so', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const { world } = await play(steps);
        expect(world.data(NAME)).toEqual(expected(world));
        const { status, metadata } = world.resource(NAME)!;
        expect(world.ready(NAME)).toBe('SecretSynced');
        expect(status).toMatchObject({ content: world.content(NAME), binding: { name: NAME }, observedGeneration: metadata.generation });
        expect(status?.restarts).toHaveLength(1);
      }),
      runs,
    );
  });

  it('gives each content one id, and rolls the consumers for it', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const { world, witness } = await play(steps);
        const dataOf = new Map<string, string>();
        for (const { content, data } of witness.history) {
          expect(dataOf.get(content) ?? data).toBe(data);
          dataOf.set(content, data);
        }
        expect(new Set(dataOf.values()).size).toBe(dataOf.size);
        // Those that run have started with what is there, and nobody was rolled more often than the content has changed.
        expect(world.readsOf('app', NAME).map((read) => read ?? witness.first)).toEqual([world.secret(NAME)?.data]);
        const { generation = 1 } = world.api.find(builtin.deployment, NAMESPACE, 'app')!.metadata;
        expect(generation - 1).toBeLessThan(witness.history.length);
      }),
      runs,
    );
  });

  it('writes nothing and reads nothing once all is in place, also as a new process', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const { world } = await play(steps);
        for (const begin of [() => world.sync(), () => world.restart(), () => void world.source.refresh()]) {
          begin();
          const [writes, reads] = [world.api.writes.length, world.source.reads];
          expect([await world.reconcile(NAME), await world.reconcileWorkload('app')]).toEqual([{ kind: 'done' }, { kind: 'done' }]);
          expect([world.api.writes.length, world.source.reads === reads || world.source.reads === 0]).toEqual([writes, true]);
        }
      }),
      runs,
    );
  });

  it('keeps the last good Secret while AWS gives no values', async () => {
    await fc.assert(
      fc.asyncProperty(
        id,
        fc.array(
          anyStep.filter((step) => step.do !== 'failing' && step.do !== 'drift' && step.do !== 'spec'),
          { maxLength: 20 },
        ),
        async (broken, steps) => {
          const { world } = await play([]);
          const before = world.secret(NAME);
          world.values.failing.set(broken, 'AccessDenied');
          const pending: Fault[] = [];
          world.api.fault = () => pending.shift();
          for (const step of steps) await take(step, world, pending);
          world.sync();
          world.source.refresh();
          await world.reconcile(NAME);
          if (world.ready(NAME) !== 'SecretSynced') expect(world.ready(NAME)).toBe('AccessDenied');
          expect(world.secret(NAME)?.data).toEqual(before?.data);
          expect(
            valueIn(world.secret(NAME)?.metadata.annotations, keytender.records.annotation(world.resource(NAME)!.metadata.uid)),
          ).toBeDefined();
        },
      ),
      runs,
    );
  });
});
