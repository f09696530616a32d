// The rules together: writes with their records, markers, ages of pods. Against a model that knows what each pod has read.
import { describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { planWrite } from '../../../../src/apply/plan-write.ts';
import { recordsOn } from '../../../../src/apply/record.ts';
import type { FormerContent, WriteRequest } from '../../../../src/apply/write-request.ts';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import type { SourceContent } from '../../../../src/restart/source/content.ts';
import { AGE_TOLERANCE, dueOf, type Keys } from '../../../../src/restart/source/due.ts';
import { markerName, markerPrefixes, markerText, parseMarker } from '../../../../src/restart/source/marker.ts';
import { formerMarkers, secretContent } from '../../../../src/restart/source/secret-content.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { encoded, NAMESPACE, open, request, SECRET, secretIn, type Values } from '../../apply/requests.ts';

jest.setTimeout(120_000);

const MINUTE = 60_000;
const prefixes = markerPrefixes(keytender.annotations);
const marker = markerName(prefixes, { kind: 'Secret', name: SECRET });
const where = { namespace: NAMESPACE, name: SECRET };

/** The keys of each writer. Both write with Merge into one Secret, or the first one owns it. */
const KEYS = { one: ['a', 'b'], two: ['c'] } as const;
type Writer = keyof typeof KEYS;
const ALL = ['a', 'b', 'c'];

class Model {
  readonly api = new MemoryApi();
  readonly writers: readonly Writer[];
  readonly #values = { one: { a: '0', b: '0' }, two: { c: '0' } } as Record<Writer, Record<string, string>>;
  readonly #statuses = new Map<Writer, FormerContent>();
  /** When a key last changed, as far as anybody can know. */
  readonly #changed = new Map<string, number>();
  now = Date.UTC(2026, 0, 1);
  pods: number[] = [];
  markers: Record<string, string> = {};
  formerMarkers: Record<string, string> = {};
  stale: SourceContent | undefined;
  /** The counter was lost: a restart too many is no mistake from here on. */
  isLost = false;

  constructor(writers: readonly Writer[]) {
    this.writers = writers;
  }

  async begin(): Promise<void> {
    if (this.writers.length > 1) this.api.put(builtin.secret, { metadata: { ...where }, data: encoded({ theirs: 'x' }) });
    for (const writer of this.writers) await this.#write(writer);
    this.now += MINUTE;
    this.pods = [this.now, this.now];
    this.stale = this.source();
  }

  source(): SourceContent {
    const found = secretContent(this.#records());
    if (found === undefined) throw new Error('no record');
    return found;
  }

  #records() {
    return recordsOn(keytender.records, secretIn(this.api)?.metadata.annotations).values();
  }

  #request(writer: Writer): WriteRequest {
    const policy = this.writers.length > 1 ? 'Merge' : 'Owner';
    const former = this.#statuses.get(writer) ?? {};
    const now = new Date(this.now).toISOString();
    return request({ writer, values: this.#values[writer] }, { policy, former, now, isWriter: (uid) => uid.startsWith('es-') });
  }

  async #write(writer: Writer): Promise<void> {
    const plan = planWrite(secretIn(this.api), this.#request(writer));
    if (plan.kind === 'create') expect(await this.api.create(builtin.secret, NAMESPACE, plan.body)).toMatchObject({ ok: true });
    if (plan.kind === 'patch') expect(await this.api.mergePatch(builtin.secret, where, plan.body, open)).toMatchObject({ ok: true });
    if (plan.kind === 'refuse' || plan.kind === 'recreate') throw new Error(plan.kind);
    const { content, changedAt, sequence } = plan.record;
    this.#statuses.set(writer, { content, ...(changedAt && { changedAt }), ...(sequence && { sequence }) });
  }

  /** `isKnown`: the record says which key it was. */
  async set(key: string, value: string, isKnown = true): Promise<void> {
    const writer = this.writers.find((one) => (KEYS[one] as readonly string[]).includes(key));
    if (writer === undefined || this.#values[writer][key] === value) return;
    this.#values[writer][key] = value;
    await this.#write(writer);
    for (const one of isKnown ? [key] : ALL) this.#changed.set(one, this.now);
  }

  /** Somebody else has changed the Secret before. */
  async setAfterDrift(key: string, value: string): Promise<void> {
    const drift: Values = { a: `drift ${this.now}` };
    await this.api.mergePatch(builtin.secret, where, { data: encoded(drift) }, open);
    await this.set(key, value, key === 'c' && this.writers.length > 1);
    for (const writer of this.writers) await this.#write(writer);
  }

  async recreate(isStatusLost: boolean): Promise<void> {
    const [first] = this.writers;
    if (first === undefined || this.writers.length > 1) return;
    const { uid, resourceVersion } = secretIn(this.api)!.metadata;
    await this.api.delete(builtin.secret, where, { uid, resourceVersion });
    if (isStatusLost) this.#statuses.clear();
    this.isLost ||= isStatusLost;
    // The status has the time of the last change, not its keys.
    const last = Math.max(...this.#changed.values());
    if (this.#changed.size > 0) for (const key of ALL) this.#changed.set(key, last);
    await this.#write(first);
  }

  /** With Secret and status gone, only a marker that the new count has not passed shows that there was other content. */
  get showsLoss(): boolean {
    if (!this.isLost) return true;
    const text = this.markers[marker];
    const { sequence, content } = this.source();
    if (text === undefined) return false;
    const marked = parseMarker(text);
    return marked.sequence >= sequence && marked.content !== content;
  }

  needs(consumed: Keys, watched: Keys): boolean {
    const keys = ALL.filter((key) => [consumed, watched].every((some) => some === 'all' || some.includes(key)));
    return keys.some((key) => this.pods.some((start) => start <= (this.#changed.get(key) ?? 0)));
  }

  /** What the operator finds. 'confirm' only of a source that is not live. */
  finds(source: SourceContent, isLive: boolean, consumed: Keys, watched: Keys): 'current' | 'due' | 'confirm' {
    const former = formerMarkers(prefixes, SECRET, this.#records());
    const facts = { source, marker, former, consumed, watched, isLive, now: ms(this.now) };
    const due = dueOf({ ...this.formerMarkers, ...this.markers }, facts);
    if (due.kind !== 'ask-pods') return due.kind;
    const until: Ms = ms(Date.parse(due.changedAt) + AGE_TOLERANCE);
    return this.pods.some((start) => start <= until) ? 'due' : 'current';
  }

  /** One round of the operator on what it has in view; before a patch it reads the Secret. Returns whether it has patched. */
  round(view: SourceContent, consumed: Keys, watched: Keys): boolean {
    const found = this.finds(view, false, consumed, watched);
    if (found === 'current' || this.finds(this.source(), true, consumed, watched) !== 'due') return false;
    this.markers = { [marker]: markerText(this.source()) };
    return true;
  }
}

const anyKeys: fc.Arbitrary<Keys> = fc.oneof(fc.constant('all' as const), fc.subarray(ALL));
const anyKey = fc.constantFrom(...ALL);
const anyValue = fc.constantFrom('0', '1', '2');
type Step = (model: Model, consumed: Keys, watched: Keys) => Promise<void> | void;
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(anyKey, anyValue).map(
      ([key, value]) =>
        (model: Model) =>
          model.set(key, value),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyKey, anyValue).map(
      ([key, value]) =>
        (model: Model) =>
          model.setAfterDrift(key, value),
    ),
  },
  { weight: 1, arbitrary: fc.constant((model: Model) => model.recreate(false)) },
  { weight: 1, arbitrary: fc.constant((model: Model) => model.recreate(true)) },
  // A round with the present content, and the rollout that it begins.
  {
    weight: 4,
    arbitrary: fc.constant((model: Model, consumed: Keys, watched: Keys) => {
      if (model.round(model.source(), consumed, watched)) model.pods = [model.now + MINUTE / 2, model.now + MINUTE / 2];
    }),
  },
  // A change, and its rollout within seconds: the marker decides, because the new pods are too young for their age to prove anything.
  {
    weight: 3,
    arbitrary: fc.tuple(anyKey, anyValue).map(([key, value]) => async (model: Model, consumed: Keys, watched: Keys) => {
      await model.set(key, value);
      model.now += 2_000;
      if (model.round(model.source(), consumed, watched)) model.pods = [model.now, model.now];
    }),
  },
  // The same by an operator whose view is old.
  {
    weight: 2,
    arbitrary: fc.constant((model: Model, consumed: Keys, watched: Keys) => {
      if (model.stale && model.round(model.stale, consumed, watched)) model.pods = [model.now + MINUTE / 2, model.now + MINUTE / 2];
      model.stale = model.source();
    }),
  },
  // A pod is replaced, or the whole workload by another change of its template.
  { weight: 2, arbitrary: fc.constant((model: Model) => void (model.pods = [model.pods[1]!, model.now])) },
  { weight: 1, arbitrary: fc.constant((model: Model) => void (model.pods = [model.now, model.now])) },
  // rollout undo: an earlier marker, and new pods.
  {
    weight: 1,
    arbitrary: fc.constant((model: Model) => {
      model.markers = {};
      model.pods = [model.now, model.now];
    }),
  },
);
const anyWriters = fc.constantFrom<readonly Writer[]>(['one'], ['one', 'two']);

describe('a workload', () => {
  it('is due if and only if a key that it consumes has changed since its pods read it, and never current otherwise', async () => {
    const seen = { due: 0, current: 0 };
    await fc.assert(
      fc.asyncProperty(anyWriters, anyKeys, anyKeys, fc.array(steps, { maxLength: 14 }), async (writers, consumed, watched, history) => {
        const model = new Model(writers);
        await model.begin();
        for (const step of history) {
          model.now += MINUTE;
          await step(model, consumed, watched);
          model.now += MINUTE;
          const found = model.finds(model.source(), true, consumed, watched);
          const needed = model.needs(consumed, watched);
          seen[needed ? 'due' : 'current'] += 1;
          if (needed && model.showsLoss) expect(found).toBe('due');
          if (!needed && !model.isLost) expect(found).toBe('current');
        }
      }),
      { numRuns: 600 },
    );
    expect(Math.min(seen.due, seen.current)).toBeGreaterThan(300);
  });

  it('is restarted once for a content, whatever the cache shows', async () => {
    await fc.assert(
      fc.asyncProperty(anyWriters, anyKeys, anyKeys, fc.array(steps, { maxLength: 14 }), async (writers, consumed, watched, history) => {
        const model = new Model(writers);
        await model.begin();
        const views: SourceContent[] = [];
        for (const step of history) {
          model.now += MINUTE;
          await step(model, consumed, watched);
          views.push(model.source());
        }
        model.round(model.source(), consumed, watched);
        for (const view of views) expect(model.round(view, consumed, watched)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('that was restarted by an earlier version is current after an upgrade, and due at the next change of what it consumes', async () => {
    await fc.assert(
      fc.asyncProperty(anyWriters, anyKeys, anyKey, async (writers, consumed, key) => {
        const model = new Model(writers);
        await model.begin();
        await model.set('a', '1');
        const before = [...recordsOn(keytender.records, secretIn(model.api)?.metadata.annotations)].map(([uid, record]) => {
          const { sequence: _number, changes: _changes, ...former } = record;
          return [keytender.records.annotation(uid), keytender.records.serialise(former)] as const;
        });
        await model.api.mergePatch(builtin.secret, where, { metadata: { annotations: Object.fromEntries(before) } }, open);
        const [first] = recordsOn(keytender.records, secretIn(model.api)?.metadata.annotations).values();
        model.formerMarkers = { [writers.length > 1 ? `${marker}_${first!.writer}` : marker]: first!.content };
        model.now += MINUTE;
        expect(model.finds(model.source(), true, consumed, 'all')).toBe('current');
        model.pods = [model.now, model.now];
        model.now += MINUTE;
        await model.set(key, '2');
        model.now += MINUTE;
        expect(model.finds(model.source(), true, [key], 'all')).toBe(writers.length === 1 && key === 'c' ? 'current' : 'due');
      }),
      { numRuns: 50 },
    );
  });
});
