import { describe, expect, it, jest } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import * as fc from 'fast-check';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { applySecret } from '../../../src/apply/apply-secret.ts';
import { reduceSecret } from '../../../src/apply/managed-secret.ts';
import type { WriteRecord } from '../../../src/apply/port.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import type { WriteRequest } from '../../../src/apply/write-request.ts';
import { failed, ok } from '../../../src/base/result.ts';
import type { KubeFailure } from '../../../src/kube/port.ts';
import { type Call, Crash, type Fault, MemoryApi } from '../../support/fakes/memory-api.ts';
import { anyValues, key, NAMESPACE, open, request, SECRET, secretIn, sorted, strangers, type Values, valuesIn } from './requests.ts';

const work = { isUsedUp: true, checkpoint: () => Promise.resolve() };
const remembered: WriteRecord[] = [];
const remember = async (record: WriteRecord) => ok(void remembered.push(record));
/** `known`: the cache has seen the Secret as it is now. */
const apply = (api: MemoryApi, wanted: WriteRequest, known = false) =>
  applySecret(wanted, { client: api, work, cached: known ? cachedIn(api) : undefined, remember }, open);
const cachedIn = (api: MemoryApi) => {
  const live = secretIn(api);
  return live === undefined ? undefined : reduceSecret({ digestKey: key, dialect: keytender }, live, ['es-orders']);
};
const recordOf = (api: MemoryApi) => recordsOn(keytender.records, secretIn(api)?.metadata.annotations).get('es-orders');

/** Faults for the first calls of a verb, then none. */
function once(verb: Call['verb'], ...faults: readonly (Fault | (() => void))[]): (call: Call) => Fault | undefined {
  const left = [...faults];
  return (call) => {
    const fault = call.verb === verb ? left.shift() : undefined;
    if (typeof fault !== 'function') return fault;
    fault();
    return undefined;
  };
}

// Properties try a hundred cases each, on machines that may be busy with other things.
jest.setTimeout(60_000);

describe('applySecret', () => {
  it('creates with one request what no cache has seen, asks first for what one has, and changes content without asking', async () => {
    const api = new MemoryApi();
    const calls: string[] = [];
    api.fault = ({ verb }) => void calls.push(verb);
    expect(await apply(api, request())).toMatchObject({ ok: true, value: { effect: 'created' } });
    expect(await apply(api, request(), true)).toMatchObject({ ok: true, value: { effect: 'none' } });
    expect(await apply(api, request({ values: { password: 'two' } }), true)).toMatchObject({ ok: true, value: { effect: 'changed' } });
    expect(calls).toEqual(['create', 'get', 'patch']);
  });

  it('changes by what the cache knows exactly as by what is there, whatever keys come and go', async () => {
    await fc.assert(
      fc.asyncProperty(anyValues, anyValues, anyValues, async (first, labels, second) => {
        const tidy = Object.fromEntries(Object.keys(labels).map((_name, index) => [`l${index}`, 'v']));
        const results = [];
        for (const known of [true, false]) {
          const api = new MemoryApi();
          await apply(api, request({ values: first, labels: tidy }));
          const former = cachedIn(api);
          const cached = known ? former : { ...former!, records: new Map() };
          expect(await applySecret(request({ values: second }), { client: api, work, cached, remember }, open)).toMatchObject({ ok: true });
          results.push([valuesIn(api), secretIn(api)?.metadata.labels, secretIn(api)?.metadata.annotations]);
        }
        expect(results[0]).toEqual(results[1]);
        expect(results[0]?.[0]).toEqual(sorted(second));
      }),
    );
  });

  it('reads the Secret when the cache is behind, altered, or about to be refused', async () => {
    const calls: string[] = [];
    const run = async (change: (api: MemoryApi) => void, wanted: WriteRequest, late = true) => {
      const api = new MemoryApi();
      await apply(api, request());
      const before = cachedIn(api);
      change(api);
      calls.length = 0;
      api.fault = ({ verb }) => void calls.push(verb);
      const applied = await applySecret(wanted, { client: api, work, cached: late ? before : cachedIn(api), remember }, open);
      return { api, applied };
    };
    const two = request({ values: { password: 'two' } });
    const drift = (api: MemoryApi) => api.edit(builtin.secret, NAMESPACE, SECRET, { data: { added: 'eA==' } });
    const behind = await run(drift, two);
    expect(behind.applied).toMatchObject({ value: { effect: 'changed' } });
    expect(valuesIn(behind.api)).toEqual({ password: 'two' });
    expect(calls).toEqual(['patch', 'get', 'patch']);
    const altered = await run(drift, two, false);
    expect(valuesIn(altered.api)).toEqual({ password: 'two' });
    expect(calls).toEqual(['get', 'patch']);
    const typed = await run(() => undefined, request({ values: { password: 'two' }, type: 'other' }));
    expect(typed.applied).toMatchObject({ failure: { reason: 'TargetTypeChanged' } });
    expect(calls).toEqual(['get']);
  });

  it('judges what it finds under the name, and touches nothing that belongs to others', async () => {
    await fc.assert(
      fc.asyncProperty(anyValues, anyValues, fc.boolean(), fc.boolean(), async (theirs, wanted, known, recreate) => {
        const api = new MemoryApi();
        strangers(api, theirs);
        const before = secretIn(api);
        expect(await apply(api, request({ values: wanted }, { recreate }), known)).toMatchObject({ failure: { reason: 'TargetNotOwned' } });
        expect(secretIn(api)).toEqual(before);
      }),
    );
  });

  it('looks again when somebody else was faster', async () => {
    const api = new MemoryApi();
    await apply(api, request());
    const label = (value: string) => () => api.edit(builtin.secret, NAMESPACE, SECRET, { metadata: { labels: { theirs: value } } });
    api.fault = once('patch', label('1'), label('2'), label('3'));
    expect(await apply(api, request({ values: { password: 'two' } }), true)).toMatchObject({ value: { effect: 'changed' } });
    expect(valuesIn(api)).toEqual({ password: 'two' });
    expect(secretIn(api)?.metadata.labels).toMatchObject({ theirs: '3' });
  });

  it('leaves it to the queue when it loses each time', async () => {
    const api = new MemoryApi();
    await apply(api, request());
    api.fault = ({ verb }) => (verb === 'patch' ? 'conflict' : undefined);
    expect(await apply(api, request({ values: { password: 'two' } }), true)).toMatchObject({ failure: { reason: 'Conflict' } });
  });

  it('creates again what is deleted under its hands, and keeps the time of the last change', async () => {
    const api = new MemoryApi();
    const first = await apply(api, request());
    const former = first.ok ? { content: first.value.record.content } : {};
    api.fault = once('patch', () => api.remove(builtin.secret, NAMESPACE, SECRET));
    const wanted = request({ values: { password: 'two' } }, { former });
    expect(await apply(api, wanted, true)).toMatchObject({ value: { effect: 'created', record: { changedAt: wanted.now } } });
  });

  it('says so when a webhook stores other data than was sent', async () => {
    const api = new MemoryApi();
    const create = api.create.bind(api);
    api.create = async (type, namespace, body) => {
      const { data } = body as { data: Record<string, string> };
      return create(type, namespace, { ...body, data: { ...data, injected: '' } });
    };
    expect(await apply(api, request())).toMatchObject({ failure: { reason: 'MutatedByAdmission' } });
  });

  it.each<[KubeFailure['kind'], string]>([
    ['forbidden', 'Forbidden'],
    ['quota', 'QuotaExceeded'],
    ['admission-denied', 'AdmissionDenied'],
    ['unavailable', 'KubernetesUnavailable'],
    ['namespace-terminating', 'NamespaceTerminating'],
  ])('gives %s a reason, for reads and writes', async (kind, reason) => {
    const api = new MemoryApi();
    api.fault = () => kind;
    expect(await apply(api, request())).toMatchObject({ failure: { reason } });
    expect(await apply(api, request(), true)).toMatchObject({ failure: { reason } });
    api.fault = once('create', 'already-exists');
    const reading = api.fault;
    api.fault = (call) => (call.verb === 'get' ? kind : reading(call));
    expect(await apply(api, request())).toMatchObject({ failure: { reason } });
  });

  it('never gives up a Secret that it may not recreate after all', async () => {
    const api = new MemoryApi();
    await apply(api, request());
    api.fault = once('delete', 'forbidden');
    const wanted = request({ type: 'example.com/other' }, { recreate: true });
    expect(await apply(api, wanted, true)).toMatchObject({ failure: { reason: 'Forbidden' } });
    expect(valuesIn(api)).toEqual({ password: 'one' });
  });
});

describe('applySecret, where it may recreate', () => {
  it.each<KubeFailure['kind']>(['quota', 'admission-denied', 'forbidden'])(
    'keeps the Secret when its successor is refused: %s',
    async (kind) => {
      const api = new MemoryApi();
      await apply(api, request());
      api.fault = ({ verb }) => (verb === 'create' ? kind : undefined);
      const wanted = request({ type: 'example.com/other', values: { password: 'two' } }, { recreate: true });
      expect(await apply(api, wanted, true)).toMatchObject({ ok: false });
      expect(valuesIn(api)).toEqual({ password: 'one' });
    },
  );

  it('has it remembered what the Secret holds before it goes, unless the status says so already', async () => {
    const api = new MemoryApi();
    const first = await apply(api, request({ immutable: true }));
    const record = recordOf(api);
    remembered.length = 0;
    const calls: string[] = [];
    api.fault = ({ verb }) => void calls.push(`${verb} ${remembered.length}`);
    const two = request({ immutable: true, values: { password: 'two' } }, { recreate: true });
    await apply(api, two, true);
    expect(remembered).toEqual([record]);
    expect(calls).toEqual(['get 0', 'create 0', 'delete 1', 'create 1']);
    const { content } = recordOf(api)!;
    const three = request(
      { immutable: true, values: { password: 'three' } },
      { recreate: true, former: { content, changedAt: two.now, sequence: 2 } },
    );
    expect(await apply(api, three, true)).toMatchObject({ value: { effect: 'recreated' } });
    expect(remembered).toHaveLength(1);
    expect(first.ok).toBe(true);
  });

  it('keeps the Secret when that fails', async () => {
    const api = new MemoryApi();
    await apply(api, request({ immutable: true }));
    const wanted = request({ immutable: true, values: { password: 'two' } }, { recreate: true });
    const forgetful = async () => failed({ reason: 'Conflict', message: 'the status has changed' } as const);
    expect(await applySecret(wanted, { client: api, work, cached: cachedIn(api), remember: forgetful }, open)).toMatchObject({
      failure: { reason: 'Conflict' },
    });
    expect(valuesIn(api)).toEqual({ password: 'one' });
  });
});

describe('applySecret, killed at a write', () => {
  it('says changedAt for content that is created after a crash between delete and create', async () => {
    const api = new MemoryApi();
    const first = await apply(api, request({ immutable: true }));
    const former = first.ok ? { content: first.value.record.content } : {};
    const wanted = request({ immutable: true, values: { password: 'two' } }, { recreate: true, former });
    api.fault = once('delete', 'crash-after');
    await expect(apply(api, wanted, true)).rejects.toThrow(Crash);
    expect(secretIn(api)).toBeUndefined();
    expect(await apply(api, wanted)).toMatchObject({ value: { effect: 'created', record: { changedAt: wanted.now } } });
  });

  it('recreates what it meant to, when the answer to the delete is lost', async () => {
    const api = new MemoryApi();
    await apply(api, request({ immutable: true }));
    const wanted = request({ immutable: true, values: { password: 'two' } }, { recreate: true });
    api.fault = once('delete', 'lost');
    expect(await apply(api, wanted, true)).toMatchObject({ failure: { reason: 'KubernetesUnavailable' } });
    expect(await apply(api, wanted, true)).toMatchObject({ value: { effect: 'created' } });
    expect(valuesIn(api)).toEqual({ password: 'two' });
  });

  it('changes content, id and time once, however often it is begun', async () => {
    const faults = fc.array(fc.constantFrom<Fault>('lost', 'crash-before', 'crash-after', 'conflict', 'unavailable'), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyValues, anyValues, faults, fc.boolean(), async (first, second, planned, known) => {
        const api = new MemoryApi();
        await apply(api, request({ values: first }));
        const [before, writes] = [recordOf(api), api.writes.length];
        api.fault = once('patch', ...planned);
        for (let round = 0; round <= planned.length; round += 1) {
          const now = `2026-01-02T00:00:1${round}.000Z`;
          await apply(api, request({ values: second }, { now }), known).catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
        }
        const same = JSON.stringify(sorted(first)) === JSON.stringify(sorted(second));
        expect(valuesIn(api)).toEqual(sorted(second));
        expect(recordOf(api)?.content === before?.content).toBe(same);
        expect(api.writes.length - writes).toBe(same ? 0 : 1);
      }),
    );
  });
});

/** Lets the calls of several writers go through one at a time, in the order of `turns`. */
class TurnTaker {
  readonly #waiting: (() => void)[] = [];

  /** A client whose every call waits for its turn. */
  client(api: MemoryApi): MemoryApi {
    const turn = () => new Promise<void>((resolve) => this.#waiting.push(resolve));
    return new Proxy(api, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        return async (...parameters: unknown[]) => {
          await turn();
          return (member as (...all: unknown[]) => unknown).apply(target, parameters);
        };
      },
    });
  }

  async run(turns: readonly number[], all: Promise<unknown>): Promise<void> {
    let ended = false;
    void all.finally(() => (ended = true));
    for (let at = 0; ; at += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (ended) return;
      const [next] = this.#waiting.splice((turns[at % Math.max(turns.length, 1)] ?? 0) % Math.max(this.#waiting.length, 1), 1);
      next?.();
    }
  }
}

describe('two that merge into one Secret at the same time', () => {
  const writers = ['orders', 'users'] as const;
  const merging = (writer: string, values: Values) =>
    request({ writer, values }, { policy: 'Merge', isWriter: (uid) => writers.some((name) => uid === `es-${name}`) });

  it('end with the keys of both, in any interleaving', async () => {
    const wishes = fc.record({ orders: anyValues, users: anyValues });
    await fc.assert(
      fc.asyncProperty(
        anyValues,
        fc.array(wishes, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(1), { maxLength: 20 }),
        async (theirs, rounds, turns) => {
          const api = new MemoryApi();
          strangers(api, prefixed('theirs.', theirs));
          for (const { orders, users } of rounds) {
            const taker = new TurnTaker();
            const client = taker.client(api);
            const all = Promise.all([
              apply(client, merging('orders', prefixed('o.', orders))),
              apply(client, merging('users', prefixed('u.', users))),
            ]);
            await taker.run(turns, all);
            for (const outcome of await all) expect(outcome).toMatchObject({ ok: true });
            expect(valuesIn(api)).toEqual(sorted({ ...prefixed('theirs.', theirs), ...prefixed('o.', orders), ...prefixed('u.', users) }));
          }
          const settled = api.writes.length;
          for (const name of writers) await apply(api, merging(name, prefixed(`${name.slice(0, 1)}.`, rounds.at(-1)![name])));
          expect(api.writes.length).toBe(settled);
        },
      ),
    );
  });

  it('let one of them win a key that both want, and keep to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1), { maxLength: 12 }), async (turns) => {
        const api = new MemoryApi();
        strangers(api, {});
        const taker = new TurnTaker();
        const client = taker.client(api);
        const all = Promise.all(writers.map(async (name) => apply(client, merging(name, { shared: name }))));
        await taker.run(turns, all);
        const outcomes = await all;
        expect(outcomes.map((outcome) => (outcome.ok ? 'won' : outcome.failure.reason)).sort()).toEqual(['MergeKeyConflict', 'won']);
        expect(valuesIn(api)).toEqual({ shared: writers[outcomes.findIndex(({ ok }) => ok)] });
      }),
    );
  });
});

function prefixed(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
