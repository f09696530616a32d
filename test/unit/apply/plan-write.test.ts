import { describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { SecretObject } from '../../../src/api/object/object.ts';
import { planWrite, type WritePlan } from '../../../src/apply/plan-write.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import type { WriteRequest } from '../../../src/apply/write-request.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import {
  anyMetadata,
  anyValues,
  encoded,
  NAMESPACE,
  open,
  otherKey,
  request,
  SECRET,
  secretIn,
  sorted,
  strangers,
  type Values,
  valuesIn,
  type Wish,
} from './requests.ts';

/** Carries a plan out, once. */
async function carryOut(api: MemoryApi, wanted: WriteRequest): Promise<WritePlan> {
  const plan = planWrite(secretIn(api), wanted);
  const where = { namespace: NAMESPACE, name: SECRET };
  if (plan.kind === 'recreate') await api.delete(builtin.secret, where, plan);
  if (plan.kind === 'create' || plan.kind === 'recreate') {
    expect(await api.create(builtin.secret, NAMESPACE, plan.body)).toMatchObject({ ok: true });
  }
  if (plan.kind === 'patch') expect(await api.mergePatch(builtin.secret, where, plan.body, open)).toMatchObject({ ok: true });
  return plan;
}

const recordOf = (api: MemoryApi, uid = 'es-orders') => recordsOn(keytender.records, secretIn(api)?.metadata.annotations).get(uid);
const anyWish = fc.record({ values: anyValues, labels: anyMetadata, annotations: anyMetadata });
const owning = fc.constantFrom('Owner' as const, 'Orphan' as const);

// Properties try a hundred cases each, on machines that may be busy with other things.
jest.setTimeout(60_000);

describe('planWrite, for a Secret of its own', () => {
  it('gives exactly what is wanted, whatever was wanted before, and then nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyWish, owning), { minLength: 1, maxLength: 5 }), async (wishes) => {
        const api = new MemoryApi();
        for (const [wish, policy] of wishes) {
          const wanted = request(wish, { policy });
          await carryOut(api, wanted);
          expect(valuesIn(api)).toEqual(sorted(wish.values));
          const { labels, annotations, ownerReferences } = secretIn(api)!.metadata;
          expect(labels).toEqual({ ...wish.labels, [keytender.labels.managed]: 'true' });
          expect({ ...annotations, [keytender.records.annotation('es-orders')]: '' }).toEqual({
            ...wish.annotations,
            [keytender.records.annotation('es-orders')]: '',
          });
          expect(ownerReferences?.map(({ uid }) => uid)).toEqual(policy === 'Owner' ? ['es-orders'] : undefined);
          expect(planWrite(secretIn(api), wanted).kind).toBe('nothing');
        }
      }),
    );
  });

  it('changes the content id if and only if the content changes, and changedAt with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyWish, { minLength: 2, maxLength: 6 }), async (wishes) => {
        const api = new MemoryApi();
        let before: { values: Values; content: string | undefined; changedAt: string | undefined } | undefined;
        for (const [index, wish] of wishes.entries()) {
          const now = `2026-01-02T00:00:0${index}.000Z`;
          await carryOut(api, request(wish, { now, inputs: `inputs-${index}` }));
          const { content, changedAt } = recordOf(api)!;
          if (before === undefined) expect(changedAt).toBeUndefined();
          else {
            const same = JSON.stringify(sorted(before.values)) === JSON.stringify(sorted(wish.values));
            expect(content === before.content).toBe(same);
            expect(changedAt).toBe(same ? before.changedAt : now);
          }
          before = { values: wish.values, content, changedAt };
        }
      }),
    );
  });

  it('keeps the content id when the digest key is lost, and rewrites the record at most once', async () => {
    await fc.assert(
      fc.asyncProperty(anyWish, anyWish, async (first, second) => {
        const api = new MemoryApi();
        await carryOut(api, request(first));
        const { content } = recordOf(api)!;
        const relost = { ...request(first), key: otherKey, inputs: 'inputs under the other key' };
        const plan = await carryOut(api, relost);
        expect(plan).toMatchObject({ kind: 'patch', effect: 'recorded' });
        expect(plan).not.toHaveProperty('body.data');
        expect(recordOf(api)).toMatchObject({ content });
        expect(recordOf(api)).not.toHaveProperty('changedAt');
        expect(planWrite(secretIn(api), relost).kind).toBe('nothing');
        // From there on changes are told as before.
        await carryOut(api, request(second, { key: otherKey }));
        const same = JSON.stringify(sorted(first.values)) === JSON.stringify(sorted(second.values));
        expect(recordOf(api)?.content === content).toBe(same);
      }),
    );
  });

  it('sees a change of content in the very round in which the digest key is found lost', async () => {
    await fc.assert(
      fc.asyncProperty(anyValues, anyValues, fc.constantFrom('Owner' as const, 'Merge' as const), async (first, second, policy) => {
        const api = new MemoryApi();
        if (policy === 'Merge') strangers(api, { untouched: 'x' });
        await carryOut(api, request({ values: first }, { policy }));
        const { content } = recordOf(api)!;
        await carryOut(api, request({ values: second }, { policy, key: otherKey }));
        const same = JSON.stringify(sorted(first)) === JSON.stringify(sorted(second));
        expect(recordOf(api)?.content === content).toBe(same);
        expect(recordOf(api)?.changedAt === undefined).toBe(same);
      }),
    );
  });

  it('repairs what somebody else has changed, without a new content id', async () => {
    const drift = fc.oneof(
      anyValues.map((values) => ({ data: Object.fromEntries(Object.entries(encoded(values)).map(([name, value]) => [name, value])) })),
      fc.constant({ data: { password: null } }),
      fc.constant({ metadata: { labels: { [keytender.labels.managed]: null } } }),
      fc.constant({ metadata: { annotations: { note: 'other' } } }),
      fc.constant({ metadata: { ownerReferences: null } }),
    );
    await fc.assert(
      fc.asyncProperty(drift, async (edit) => {
        const api = new MemoryApi();
        const wanted = request({ values: { password: 'one', user: 'two' }, annotations: { note: 'mine' } });
        await carryOut(api, wanted);
        const [before, untouched] = [recordOf(api), secretIn(api)?.metadata.resourceVersion];
        api.edit(builtin.secret, NAMESPACE, SECRET, edit);
        const plan = await carryOut(api, wanted);
        if (secretIn(api)?.metadata.resourceVersion === untouched) expect(plan.kind).toBe('nothing');
        else expect(plan).toMatchObject({ kind: 'patch', effect: 'repaired' });
        expect(valuesIn(api)).toEqual({ password: 'one', user: 'two' });
        expect(recordOf(api)).toEqual(before);
      }),
    );
  });

  it('keeps labels, annotations and owners of others', async () => {
    const api = new MemoryApi();
    await carryOut(api, request({ labels: { team: 'a' }, annotations: { note: 'mine' } }));
    const reader = { apiVersion: 'v1', kind: 'ConfigMap', name: 'reader', uid: 'other' };
    api.edit(builtin.secret, NAMESPACE, SECRET, {
      metadata: {
        labels: { theirs: 'x' },
        annotations: { theirs: 'y' },
        ownerReferences: [reader, ...(secretIn(api)?.metadata.ownerReferences ?? [])],
      },
    });
    await carryOut(api, request({ values: { password: 'two' } }, { policy: 'Orphan' }));
    const { labels, annotations, ownerReferences } = secretIn(api)!.metadata;
    expect(labels).toEqual({ theirs: 'x', [keytender.labels.managed]: 'true' });
    expect(Object.keys(annotations ?? {}).sort()).toEqual([keytender.records.annotation('es-orders'), 'theirs']);
    expect(ownerReferences).toEqual([reader]);
  });

  it('guards each patch with the resourceVersion it was planned on', async () => {
    const api = new MemoryApi();
    await carryOut(api, request());
    const plan = planWrite(secretIn(api), request({ values: { password: 'two' } }));
    expect(plan).toMatchObject({ kind: 'patch', body: { metadata: { resourceVersion: secretIn(api)?.metadata.resourceVersion } } });
  });
});

describe('planWrite, where the Secret cannot be changed in place', () => {
  const frozen: Wish = { immutable: true };

  it('makes a Secret immutable, and leaves it alone while nothing changes', async () => {
    const api = new MemoryApi();
    await carryOut(api, request());
    await carryOut(api, request(frozen));
    expect(secretIn(api)).toMatchObject({ immutable: true });
    expect(planWrite(secretIn(api), request(frozen)).kind).toBe('nothing');
  });

  it.each<[string, Wish, Wish, string]>([
    ['an immutable Secret with other content', frozen, { immutable: true, values: { password: 'two' } }, 'TargetImmutable'],
    ['an immutable Secret that is to be mutable', frozen, {}, 'TargetImmutable'],
    ['another type', {}, { type: 'kubernetes.io/basic-auth' }, 'TargetTypeChanged'],
  ])('keeps %s, unless it may recreate it', async (_name, first, second, reason) => {
    const api = new MemoryApi();
    await carryOut(api, request(first));
    const before = secretIn(api);
    expect(await carryOut(api, request(second))).toMatchObject({ kind: 'refuse', failure: { reason } });
    expect(secretIn(api)).toEqual(before);

    const plan = await carryOut(api, request(second, { recreate: true }));
    expect(plan).toMatchObject({ kind: 'recreate', uid: before?.metadata.uid, resourceVersion: before?.metadata.resourceVersion });
    expect(valuesIn(api)).toEqual(second.values ?? { password: 'one' });
    expect(recordOf(api)?.changedAt).toBe(second.values === undefined ? undefined : '2026-01-02T00:00:00.000Z');
  });

  it('never recreates or freezes a Secret that it merges into, whatever an old schema let in', () => {
    const api = new MemoryApi();
    strangers(api, { theirs: 'x' }, {}, { immutable: true });
    expect(planWrite(secretIn(api), request({}, { policy: 'Merge', recreate: true }))).toMatchObject({
      kind: 'refuse',
      failure: { reason: 'TargetImmutable' },
    });
    api.remove(builtin.secret, NAMESPACE, SECRET);
    strangers(api, { theirs: 'x' });
    const plan = planWrite(secretIn(api), request({ immutable: true }, { policy: 'Merge' }));
    expect(plan).toMatchObject({ kind: 'patch' });
    expect(plan).not.toHaveProperty('body.immutable');
  });
});

const merge = (values: Values, wish: Wish = {}): WriteRequest => request({ ...wish, values }, { policy: 'Merge' });

describe('planWrite, merging', () => {
  it('keeps to its own keys, labels and annotations', async () => {
    const theirs = fc.record({ values: anyValues, labels: anyMetadata, annotations: anyMetadata });
    await fc.assert(
      fc.asyncProperty(theirs, fc.array(anyWish, { minLength: 1, maxLength: 4 }), async (stranger, wishes) => {
        const api = new MemoryApi();
        const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app', uid: 'app', controller: true };
        strangers(
          api,
          stranger.values,
          { labels: stranger.labels, annotations: stranger.annotations, ownerReferences: [owner] },
          { type: 'example.com/custom' },
        );
        let [values, labels, annotations] = [stranger.values, stranger.labels, stranger.annotations];
        let last: Wish = {};
        for (const wish of wishes) {
          await carryOut(api, merge(wish.values, wish));
          values = { ...without(values, last.values), ...wish.values };
          labels = { ...without(labels, last.labels), ...wish.labels };
          annotations = { ...without(annotations, last.annotations), ...wish.annotations };
          last = wish;
          const { metadata, type } = secretIn(api)!;
          expect(valuesIn(api)).toEqual(sorted(values));
          expect(metadata.labels).toEqual({ ...labels, [keytender.labels.managed]: 'true' });
          expect(without(metadata.annotations ?? {}, { [keytender.records.annotation('es-orders')]: '' })).toEqual(annotations);
          expect(metadata.ownerReferences).toEqual([owner]);
          expect(type).toBe('example.com/custom');
          expect(recordOf(api)?.keys).toEqual(Object.keys(wish.values).sort());
          expect(planWrite(secretIn(api), merge(wish.values, wish)).kind).toBe('nothing');
        }
      }),
    );
  });

  it('says changedAt when it replaces a value that was there, but not when it adds one', async () => {
    const api = new MemoryApi();
    strangers(api, { password: 'theirs' });
    await carryOut(api, merge({ password: 'one' }));
    expect(recordOf(api)?.changedAt).toBe('2026-01-02T00:00:00.000Z');
    api.remove(builtin.secret, NAMESPACE, SECRET);
    strangers(api, { user: 'theirs' });
    await carryOut(api, merge({ password: 'one' }));
    expect(recordOf(api)).not.toHaveProperty('changedAt');
  });

  it('takes back what an ExternalSecret of the same name wrote that is gone', async () => {
    const api = new MemoryApi();
    strangers(api, { theirs: 'x' });
    await carryOut(api, merge({ a: '1', b: '2' }, { uid: 'es-former' }));
    await carryOut(api, merge({ b: '2', c: '3' }));
    expect(valuesIn(api)).toEqual({ b: '2', c: '3', theirs: 'x' });
    expect([...recordsOn(keytender.records, secretIn(api)?.metadata.annotations).keys()]).toEqual(['es-orders']);
  });
});

function without(values: Values, gone: Values = {}): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(gone, name)));
}

describe('planWrite, hostile content', () => {
  it('writes keys that are named like members of Object.prototype as any other', async () => {
    const values = Object.fromEntries(['__proto__', 'constructor', 'hasOwnProperty'].map((name) => [name, 'one']));
    const api = new MemoryApi();
    await carryOut(api, request({ values }));
    expect(Object.keys((secretIn(api) as SecretObject).data ?? {}).sort()).toEqual(['__proto__', 'constructor', 'hasOwnProperty']);
    await carryOut(api, request({ values: { constructor: 'two' } }));
    expect(valuesIn(api)).toEqual({ constructor: 'two' });
  });

  it('does not believe a record that somebody has made into something else', async () => {
    for (const forged of ['', '{', '[]', 'null', '{"writer":1}', '{"__proto__":{"writer":"orders"}}', 'x'.repeat(10_000)]) {
      const api = new MemoryApi();
      await carryOut(api, request());
      api.edit(builtin.secret, NAMESPACE, SECRET, {
        metadata: { annotations: { [keytender.records.annotation('es-orders')]: forged } },
      });
      await carryOut(api, request({ values: { password: 'two' } }));
      expect(valuesIn(api)).toEqual({ password: 'two' });
      expect(recordOf(api)).toMatchObject({ writer: 'orders', changedAt: '2026-01-02T00:00:00.000Z' });
    }
  });
});

function ofGeneration(generation: number, values: Values): WriteRequest {
  const wanted = request({ values });
  return { ...wanted, writer: { ...wanted.writer, generation } };
}

describe('planWrite, for a specification that has been replaced', () => {
  it('takes nothing back that was written for a later one', async () => {
    const api = new MemoryApi();
    await carryOut(api, ofGeneration(3, { password: 'three' }));
    const plan = await carryOut(api, ofGeneration(2, { password: 'two' }));
    expect(plan).toMatchObject({ kind: 'refuse', failure: { reason: 'Conflict' } });
    expect(valuesIn(api)).toEqual({ password: 'three' });
    await carryOut(api, ofGeneration(4, { password: 'four' }));
    expect(valuesIn(api)).toEqual({ password: 'four' });
  });
});
