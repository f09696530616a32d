// Which keys a record says have changed, and the counter of the Secret.
import { describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { valueIn } from '../../../src/api/object/object.ts';
import { applySecret } from '../../../src/apply/apply-secret.ts';
import { reduceSecret } from '../../../src/apply/managed-secret.ts';
import { planWrite } from '../../../src/apply/plan-write.ts';
import type { WriteRecord } from '../../../src/apply/port.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import type { WriteRequest } from '../../../src/apply/write-request.ts';
import { ok } from '../../../src/base/result.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import {
  anyValues,
  encoded,
  key,
  NAMESPACE,
  open,
  otherKey,
  request,
  SECRET,
  secretIn,
  strangers,
  type Values,
  valuesIn,
} from './requests.ts';

jest.setTimeout(60_000);

const recordOf = (api: MemoryApi, writer = 'orders') =>
  recordsOn(keytender.records, secretIn(api)?.metadata.annotations).get(`es-${writer}`)!;
const remember = async () => ok(undefined);
const work = { isUsedUp: true, checkpoint: () => Promise.resolve() };

/** The write of an operator whose cache knows the Secret as it is. */
async function write(api: MemoryApi, wanted: WriteRequest): Promise<WriteRecord> {
  const live = secretIn(api);
  const cached = live && reduceSecret({ digestKey: wanted.key, dialect: keytender }, live, [wanted.writer.uid]);
  expect(await applySecret(wanted, { client: api, work, cached, remember }, open)).toMatchObject({ ok: true });
  return recordOf(api, wanted.writer.name);
}

const differing = (left: Values, right: Values): string[] =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((name) => valueIn(left, name) !== valueIn(right, name)).sort();

async function patch(api: MemoryApi, body: object): Promise<void> {
  expect(await api.mergePatch(builtin.secret, { namespace: NAMESPACE, name: SECRET }, body, open)).toMatchObject({ ok: true });
}

/** The record as an operator wrote it that did not count changes. */
async function asBefore(api: MemoryApi): Promise<void> {
  const { sequence: _number, changes: _changes, ...former } = recordOf(api);
  await patch(api, { metadata: { annotations: { [keytender.records.annotation('es-orders')]: keytender.records.serialise(former) } } });
}

describe('a record', () => {
  it('counts each new content, and names the keys that changed, came or went, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyValues, { minLength: 1, maxLength: 6 }), async (contents) => {
        const api = new MemoryApi();
        let sequence = 1;
        let before: Values | undefined;
        for (const [index, values] of contents.entries()) {
          const now = new Date(Date.UTC(2026, 0, 1, index)).toISOString();
          const record = await write(api, request({ values }, { now }));
          const keys = before === undefined ? [] : differing(before, values);
          if (keys.length > 0) sequence += 1;
          expect(record.sequence).toBe(sequence);
          if (keys.length > 0) expect(record.changes?.[0]).toEqual({ sequence, at: now, keys });
          if (sequence === 1) expect(record).not.toHaveProperty('changes');
          before = values;
        }
      }),
    );
  });

  it('counts A, B, A as two changes', async () => {
    const api = new MemoryApi();
    const first = await write(api, request());
    await write(api, request({ values: { password: 'two' } }));
    expect(await write(api, request())).toMatchObject({
      content: first.content,
      sequence: 3,
      changes: [
        { sequence: 3, keys: ['password'] },
        { sequence: 2, keys: [] },
      ],
    });
  });

  it('names no keys where somebody else has changed the Secret, as nobody knows what the pods have read', async () => {
    const api = new MemoryApi();
    await write(api, request({ values: { a: '1', b: '1' } }));
    await patch(api, { data: encoded({ b: '2' }) });
    const record = await write(api, request({ values: { a: '2', b: '2' } }));
    expect(record).toMatchObject({ sequence: 2, changes: [{ sequence: 2 }] });
    expect(record.changes?.[0]).not.toHaveProperty('keys');
  });

  it('is not changed by a repair', async () => {
    const api = new MemoryApi();
    await write(api, request({ values: { a: '1', b: '1' } }));
    const before = await write(api, request({ values: { a: '2', b: '1' } }));
    await patch(api, { data: encoded({ b: '2' }) });
    expect(await write(api, request({ values: { a: '2', b: '1' } }))).toEqual(before);
  });

  it('keeps number and changes when the digest key is lost, and names no keys of a change in that round', async () => {
    const api = new MemoryApi();
    await write(api, request({ values: { a: '1', b: '1' } }));
    const { sequence, changes } = await write(api, request({ values: { a: '2', b: '1' } }));
    expect(await write(api, request({ values: { a: '2', b: '1' } }, { key: otherKey }))).toMatchObject({ sequence, changes });
    const other = await write(api, request({ values: { a: '2', b: '2' } }, { key }));
    expect(other.changes?.[0]).toEqual({ sequence: 3, at: expect.any(String) });
  });

  it('leaves the names out where they would make the annotations too large', async () => {
    const api = new MemoryApi();
    const annotations = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`example.com/a${index}`, 'x'.repeat(16_000)]));
    const valuesOf = (value: string): Values =>
      Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`k${index}`.padEnd(50, 'k'), value]));
    await write(api, request({ values: valuesOf('1'), annotations }));
    const wanted = request({ values: valuesOf('2'), annotations });
    const record = await write(api, wanted);
    expect(record.changes).toEqual([{ sequence: 2, at: expect.any(String) }]);
    expect(planWrite(secretIn(api), wanted).kind).toBe('nothing');
  });

  it('from before changes were counted is left as it is until the content changes', async () => {
    const api = new MemoryApi();
    await write(api, request({ values: { a: '1', b: '1' } }));
    const { changedAt } = await write(api, request({ values: { a: '2', b: '1' } }));
    await asBefore(api);
    expect(planWrite(secretIn(api), request({ values: { a: '2', b: '1' } })).kind).toBe('nothing');
    const record = await write(api, request({ values: { a: '2', b: '2' } }, { now: '2026-02-01T00:00:00.000Z' }));
    expect(record).toMatchObject({
      sequence: 1,
      changes: [
        { sequence: 1, keys: ['b'] },
        { sequence: 0, at: changedAt },
      ],
    });
    expect(record.changes?.[1]).not.toHaveProperty('keys');
  });
});

describe('the counter of a Secret', () => {
  const merging = (writer: string, values: Values): WriteRequest =>
    request({ writer, values }, { policy: 'Merge', isWriter: (uid) => uid.startsWith('es-') });

  it('is one for all that write to it', async () => {
    const api = new MemoryApi();
    strangers(api, { theirs: 'x' });
    expect(await write(api, merging('one', { a: '1' }))).toMatchObject({ sequence: 1 });
    expect(await write(api, merging('two', { b: '1' }))).toMatchObject({ sequence: 2 });
    expect(await write(api, merging('one', { a: '2' }))).toMatchObject({ sequence: 3, changes: [{ sequence: 3, keys: ['a'] }] });
    expect(await write(api, merging('two', { b: '2' }))).toMatchObject({ sequence: 4, changes: [{ sequence: 4, keys: ['b'] }] });
    expect(valuesIn(api)).toEqual({ a: '2', b: '2', theirs: 'x' });
  });

  it('names no keys where the first write of an ExternalSecret replaces a value', async () => {
    const api = new MemoryApi();
    strangers(api, { theirs: 'x', a: '0' });
    const record = await write(api, merging('one', { a: '1' }));
    expect(record.changes).toEqual([{ sequence: 1, at: expect.any(String) }]);
  });

  it('goes on where the Secret is deleted and created again, by the status', async () => {
    const api = new MemoryApi();
    const { content } = await write(api, request());
    const former = { content, changedAt: '2026-01-01T00:00:00.000Z', sequence: 7 };
    const [same, other] = [new MemoryApi(), new MemoryApi()];
    expect(await write(same, request({}, { former }))).toMatchObject({
      content,
      sequence: 7,
      changes: [{ sequence: 7, at: former.changedAt }],
    });
    const record = await write(other, request({ values: { password: 'two' } }, { former }));
    expect(record).toMatchObject({ sequence: 8, changes: [{ sequence: 8 }] });
    expect(record.changes?.[0]).not.toHaveProperty('keys');
  });

  it('goes on where the record is lost, and where the status does not know the number', async () => {
    const api = new MemoryApi();
    const { content } = await write(api, request());
    await patch(api, { metadata: { annotations: { [keytender.records.annotation('es-orders')]: null } } });
    expect(await write(api, request({ values: { password: 'two' } }, { former: { content, sequence: 7 } }))).toMatchObject({ sequence: 8 });
    expect(await write(new MemoryApi(), request({}, { former: { content } }))).not.toHaveProperty('sequence');
  });
});
