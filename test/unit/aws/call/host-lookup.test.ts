// Names of AWS hosts: each is resolved once for all callers, and names that do not exist never block names that do.
import type { LookupAddress, LookupOptions } from 'node:dns';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { callFor } from '../../../../src/aws/call/call-owner.ts';
import { createHostLookup } from '../../../../src/aws/call/host-lookup.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

const GOOD: readonly LookupAddress[] = [
  { address: '2001:db8::1', family: 6 },
  { address: '192.0.2.1', family: 4 },
];

interface Query {
  readonly host: string;
  readonly options: LookupOptions;
  answer(addresses?: readonly LookupAddress[]): void;
  refuse(code: string): void;
}

let clock: FakeClock;
/** In the order in which they began. */
let queries: Query[];
let lookup: ReturnType<typeof createHostLookup>;

beforeEach(() => {
  clock = new FakeClock();
  queries = [];
  lookup = createHostLookup(clock, (host, options) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly LookupAddress[]>();
    const refuse = (code: string): void => reject(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }));
    queries.push({ host, options, answer: (addresses = GOOD) => resolve(addresses), refuse });
    return promise;
  });
});

interface Answer {
  readonly error: string | undefined;
  readonly address: unknown;
  readonly family: number | undefined;
}

function ask(host: string, options: LookupOptions = { all: true }): Promise<Answer> {
  return new Promise((resolve) => {
    lookup(host, options, (error, address, family) => resolve({ error: error?.code, address, family }));
  });
}

const found: Answer = { error: undefined, address: GOOD, family: undefined };
const missing: Answer = { error: 'ENOTFOUND', address: [], family: undefined };

/** Asks for `host` alone, and ends the query that this makes. */
async function asked(host: string, end: (query: Query) => void): Promise<Answer> {
  const answer = ask(host);
  end(await lastQuery());
  return answer;
}

async function lastQuery(): Promise<Query> {
  await settle();
  const last = queries.at(-1);
  if (last === undefined) throw new Error('nothing was asked');
  return last;
}

const findIt = (query: Query): void => query.answer();
const missIt = (query: Query): void => query.refuse('ENOTFOUND');

describe('answers', () => {
  it('are those of dns.lookup in all its forms', async () => {
    expect(await asked('a.test', findIt)).toEqual(found);
    const one = ask('a.test', { all: false, family: 0 });
    (await lastQuery()).answer();
    expect(await one).toEqual({ error: undefined, address: '2001:db8::1', family: 6 });
    expect(await asked('none.test', missIt)).toEqual(missing);
  });

  it('come after the call has returned, kept ones too', async () => {
    await asked('a.test', findIt);
    let answered = false;
    lookup('a.test', { all: true }, () => {
      answered = true;
    });
    expect(answered).toBe(false);
    await settle();
    expect(answered).toBe(true);
  });

  it('hand the options on, and differ for other options', async () => {
    await asked('a.test', findIt);
    const one = [{ address: '192.0.2.1', family: 4 }];
    const answer = ask('a.test', { all: true, family: 4, hints: 1 });
    (await lastQuery()).answer(one);
    expect(await answer).toMatchObject({ address: one });
    expect(queries.map(({ options }) => [options.family, options.hints])).toEqual([
      [undefined, undefined],
      [4, 1],
    ]);
  });

  it('give each connection an error of its own', async () => {
    const errors: unknown[] = [];
    for (let n = 0; n < 2; n++) lookup('none.test', { all: true }, (error) => errors.push(error));
    missIt(await lastQuery());
    await settle();
    expect(errors).toHaveLength(2);
    expect(errors[0]).not.toBe(errors[1]);
  });
});

describe('queries', () => {
  it('are one for all who ask at the same time', async () => {
    const answers = [ask('a.test'), ask('a.test'), ask('a.test')];
    findIt(await lastQuery());
    expect(await Promise.all(answers)).toEqual([found, found, found]);
    expect(queries).toHaveLength(1);
  });

  it('are made again after ten seconds for a host, after five for a name that does not exist', async () => {
    await asked('a.test', findIt);
    await asked('none.test', missIt);
    await clock.advance(ms(4_999));
    expect([await ask('a.test'), await ask('none.test'), queries.length]).toEqual([found, missing, 2]);
    await clock.advance(ms(1));
    expect(await asked('none.test', findIt)).toEqual(found);
    await clock.advance(ms(4_999));
    expect([await ask('a.test'), queries.length]).toEqual([found, 3]);
    await clock.advance(ms(1));
    expect([await asked('a.test', missIt), queries.length]).toEqual([missing, 4]);
  });

  it('are made again at once where the name servers failed', async () => {
    expect(await asked('a.test', (query) => query.refuse('EAI_AGAIN'))).toMatchObject({ error: 'EAI_AGAIN' });
    expect(await asked('a.test', findIt)).toEqual(found);
  });
});

describe('names that do not exist', () => {
  it('never hold the places of hosts that were found before', async () => {
    await asked('a.test', findIt);
    await clock.advance(ms(10_000));
    for (let n = 0; n < 200; n++) void ask(`none-${n}.test`);
    await settle();
    expect(queries).toHaveLength(1 + 2);
    expect(await asked('a.test', findIt)).toEqual(found);
  });

  it('have one place when they are asked for again, and leave the others to names that are new', async () => {
    for (let n = 0; n < 20; n++) await asked(`none-${n}.test`, missIt);
    await clock.advance(ms(5_000));
    for (let n = 0; n < 20; n++) void ask(`none-${n}.test`);
    await settle();
    expect(queries).toHaveLength(20 + 1);
    expect(await asked('new.test', findIt)).toEqual(found);
  });

  it('are not looked up any more when nobody can wait for it', async () => {
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push(ask(`none-${n}.test`));
    await settle();
    await clock.advance(ms(4_001));
    queries.slice(0, 2).forEach(missIt);
    const errors = (await Promise.all(answers)).map(({ error }) => error);
    expect([errors.slice(0, 2), new Set(errors.slice(2))]).toEqual([Array(2).fill('ENOTFOUND'), new Set(['EAI_AGAIN'])]);
    expect(queries).toHaveLength(2);
  });

  it('are refused when too many wait, and found hosts are not', async () => {
    await asked('a.test', findIt);
    await clock.advance(ms(10_000));
    for (let n = 0; n < 1_024; n++) void ask(`none-${n}.test`);
    expect(await ask('one-more.test')).toMatchObject({ error: 'EAI_AGAIN' });
    expect(await asked('a.test', findIt)).toEqual(found);
  });
});

describe('names of one namespace', () => {
  const askFor = (owner: string, host: string): Promise<Answer> => callFor(owner, () => ask(host));

  it('leave a place to other namespaces, however long the name servers need', async () => {
    for (let n = 0; n < 1_000; n++) void askFor('attacker', `none-${n}.test`);
    const answer = askFor('victim', 'new.test');
    (await lastQuery()).answer();
    expect([await answer, queries.map(({ host }) => host)]).toEqual([found, ['none-0.test', 'none-1.test', 'new.test']]);
  });

  it('leave waiting places to other namespaces', async () => {
    const refused = Array.from({ length: 2_000 }, (_, n) => askFor('attacker', `none-${n}.test`));
    expect(await refused.at(-1)).toMatchObject({ error: 'EAI_AGAIN' });
    const answer = askFor('victim', 'new.test');
    findIt(await lastQuery());
    expect(await answer).toEqual(found);
  });

  it('are resolved at the first turn of a namespace that asks for them, and once', async () => {
    for (let n = 0; n < 100; n++) void askFor('attacker', `none-${n}.test`);
    const answers = [askFor('attacker', 'new.test'), askFor('victim', 'new.test')];
    findIt(await lastQuery());
    expect(await Promise.all(answers)).toEqual([found, found]);
    for (let n = 0; n < 101; n++) {
      queries[n]?.refuse('ENOTFOUND');
      await settle();
    }
    expect(queries).toHaveLength(101);
    expect(queries.filter(({ host }) => host === 'new.test')).toHaveLength(1);
  });
});
