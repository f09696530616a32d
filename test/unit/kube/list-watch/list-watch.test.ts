import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import { ms, systemClock } from '../../../../src/base/time/clock.ts';
import { createListWatcher } from '../../../../src/kube/list-watch/list-watch.ts';
import type { ListWatchEvent, ListWatchRequest } from '../../../../src/kube/port.ts';
import type { ReconnectPolicy } from '../../../../src/kube/list-watch/reconnect-delay.ts';
import type { KubeTransportOptions } from '../../../../src/kube/rest/transport.ts';
import { type WatchTiming, watchTiming } from '../../../../src/kube/list-watch/watch-once.ts';
import { answerJson, type Arrived, connectTo, type Handler, startLoopbackApi, status } from '../loopback-api.ts';

const quick: ReconnectPolicy = { backoff: { base: ms(5), factor: 2, cap: ms(20), jitter: 0 }, resetAfter: ms(60_000) };
const eager: WatchTiming = { ...watchTiming, shortestMs: 0 };

type Seen = ListWatchEvent<string>;
let stop = new AbortController();

afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

function object(name: string, resourceVersion: string, extra: object = {}): object {
  return { metadata: { name, namespace: 'a', uid: name, resourceVersion, managedFields: [{ manager: 'x' }] }, ...extra };
}

function event(type: string, of: object): string {
  return `${JSON.stringify({ type, object: of })}\n`;
}

function list(response: ServerResponse, resourceVersion: string, ...items: object[]): void {
  answerJson(response, 200, { metadata: { resourceVersion }, items });
}

/** Answers lists with `onList`, watches with `onWatch`; each gets its own count, from 1 on. */
function split(onList: Handler, onWatch: Handler): Handler {
  const counts = { list: 0, watch: 0 };
  return (request, response) => {
    if (request.query.has('watch')) onWatch(request, response, (counts.watch += 1));
    else onList(request, response, (counts.list += 1));
  };
}

function watches(requests: readonly Arrived[]): readonly Arrived[] {
  return requests.filter((request) => request.query.has('watch'));
}

function watcherOf(
  url: string,
  timing: WatchTiming,
  extra: Partial<ListWatchRequest<string>> = {},
  reconnect = quick,
  options: Partial<KubeTransportOptions> = {},
) {
  const { transport, connection } = connectTo(url, options);
  const events = createListWatcher({ transport, clock: systemClock, timing, reconnect }).listThenWatch<string>({
    type: builtin.secret,
    namespace: 'a',
    transform: (seen) => `${seen.metadata.name}@${seen.metadata.resourceVersion}`,
    signal: stop.signal,
    ...extra,
  });
  return { events, connection, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() };
}

/** Reads events until `enough` is true of all that came. */
async function readUntil(events: AsyncGenerator<Seen, void>, enough: (seen: readonly Seen[]) => boolean): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  while (!enough(seen)) {
    const next = await events.next();
    if (next.done === true) break;
    seen.push(next.value);
  }
  return seen;
}

const kinds = (seen: readonly Seen[]): readonly string[] => seen.map(({ kind }) => kind);
const count = (kind: Seen['kind'], times: number) => (seen: readonly Seen[]) => seen.filter((one) => one.kind === kind).length === times;

/** Waits until at most `left` connections are open (the one for calls is kept). */
async function closed(open: ReadonlySet<unknown>, left: number): Promise<void> {
  while (open.size > left) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

describe('list, then watch', () => {
  it('reads large events one in a turn, and waits for none with small ones', async () => {
    const padded = (name: string, version: string, length: number): string =>
      event('ADDED', object(name, version, { data: { padding: 'x'.repeat(length) } }));
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '1'),
        (_request, response) => void response.write(padded('a', '2', 40_000) + padded('b', '3', 10) + padded('c', '4', 40_000)),
      ),
    );
    const order: string[] = [];
    const worker = (group: string) => ({
      isUsedUp: true,
      checkpoint: () => Promise.resolve(void order.push(`turn of ${group}`)),
    });
    const transform = (seen: KubeObject): string => {
      order.push(seen.metadata.name);
      return seen.metadata.name;
    };
    await using watched = watcherOf(api.url, eager, { transform }, quick, { slices: { worker } });
    await readUntil(watched.events, count('added', 3));
    expect(order).toEqual(['turn of a', 'a', 'b', 'turn of a', 'c']);
  });

  it('gives the whole, then each change, without managedFields, with kind', async () => {
    const raw: KubeObject[] = [];
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '10', object('one', '9')),
        (_request, response) => {
          response.write(event('ADDED', object('two', '11')));
          response.write(event('MODIFIED', object('two', '12', { 'x-unknown': 1 })));
          response.write(event('DELETED', object('one', '13')));
        },
      ),
    );
    await using test = watcherOf(api.url, watchTiming, {
      labelSelector: 'l=1',
      fieldSelector: 'f=2',
      transform: (seen) => {
        raw.push(seen);
        return seen.metadata.name;
      },
    });
    const seen = await readUntil(test.events, count('deleted', 1));
    expect(seen).toEqual([
      { kind: 'replace', objects: ['one'], resourceVersion: '10' },
      { kind: 'connected' },
      { kind: 'added', object: 'two' },
      { kind: 'modified', object: 'two' },
      { kind: 'deleted', object: 'one' },
    ]);
    expect(raw[2]).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      'x-unknown': 1,
      metadata: { name: 'two', namespace: 'a', uid: 'two', resourceVersion: '12' },
    });
    const [listed, watched] = api.requests.map((request) => Object.fromEntries(request.query));
    expect(listed).toEqual({ labelSelector: 'l=1', fieldSelector: 'f=2', limit: '32' });
    expect(watched).toMatchObject({
      labelSelector: 'l=1',
      fieldSelector: 'f=2',
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '10',
    });
    expect(Number(watched!['timeoutSeconds'])).toBeGreaterThanOrEqual(120);
    expect(Number(watched!['timeoutSeconds'])).toBeLessThanOrEqual(240);
  });

  it('goes on from a bookmark when the server ends a quiet watch, without a gap and without a list', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '10'),
        (_request, response, number) => {
          response.writeHead(200).flushHeaders();
          if (number > 3) return;
          response.end(event('BOOKMARK', { metadata: { resourceVersion: String(10 + number) } }));
        },
      ),
    );
    await using test = watcherOf(api.url, eager, {}, { ...quick, backoff: { ...quick.backoff, base: ms(60_000), cap: ms(60_000) } });
    const seen = await readUntil(test.events, count('connected', 4));
    expect(seen.filter(({ kind }) => kind === 'error')).toEqual([]);
    expect(watches(api.requests).map((request) => request.query.get('resourceVersion'))).toEqual(['10', '11', '12', '13']);
    expect(api.requests).toHaveLength(5);
  });

  it('backs off when watches end as soon as they begin', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '10'),
        (_request, response) => response.writeHead(200).end(),
      ),
    );
    await using test = watcherOf(api.url, watchTiming);
    const seen = await readUntil(test.events, count('error', 3));
    expect(kinds(seen)).toEqual(['replace', 'connected', 'error', 'connected', 'error', 'connected', 'error']);
    expect(watches(api.requests).map((request) => request.query.get('resourceVersion'))).toEqual(['10', '10', '10']);
  });

  it.each(['in the stream', 'as HTTP status'])('lists again, once and at once, on 410 %s', async (where) => {
    const gone = status(410, 'Expired');
    await using api = await startLoopbackApi(
      split(
        (_request, response, number) => list(response, String(number * 10), object(`o${number}`, '1')),
        (_request, response, number) => {
          if (number > 1) response.write(event('ADDED', object('new', '21')));
          else if (where === 'in the stream') response.end(event('ERROR', gone));
          else answerJson(response, 410, gone);
        },
      ),
    );
    const patient = { ...quick, backoff: { ...quick.backoff, base: ms(60_000), cap: ms(60_000) } };
    await using test = watcherOf(api.url, watchTiming, {}, patient);
    const seen = await readUntil(test.events, count('added', 1));
    expect(kinds(seen).filter((kind) => kind !== 'connected')).toEqual(['replace', 'error', 'replace', 'added']);
    expect(seen.find(({ kind }) => kind === 'error')).toMatchObject({ failure: { kind: 'expired', status: 410 } });
    expect(watches(api.requests).map((request) => request.query.get('resourceVersion'))).toEqual(['10', '20']);
  });

  it('survives every kind of failure and keeps its place', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response, number) => {
          if (number === 1) answerJson(response, 403, status(403, 'Forbidden', 'cannot list resource'));
          else if (number === 2) answerJson(response, 500, {});
          else list(response, '10');
        },
        (_request, response, number) => {
          if (number === 1) answerJson(response, 401, status(401, 'Unauthorized'));
          else if (number === 2) response.socket?.destroy();
          else if (number === 3) response.write(event('ADDED', object('x', '11')), () => response.socket?.resetAndDestroy());
          else if (number === 4) response.write(`${event('ADDED', object('y', '12'))}{"type":"MODIF`, () => response.socket?.destroy());
          else response.write(event('ADDED', object('z', '13')));
        },
      ),
    );
    await using test = watcherOf(api.url, watchTiming);
    const seen = await readUntil(test.events, count('added', 3));
    const failures = seen.flatMap((one) => (one.kind === 'error' ? [one.failure.kind] : []));
    expect(failures).toEqual(['forbidden', 'unavailable', 'unauthorized', 'unavailable', 'unavailable', 'unavailable']);
    expect(seen.flatMap((one) => (one.kind === 'added' ? [one.object] : []))).toEqual(['x@11', 'y@12', 'z@13']);
    expect(watches(api.requests).map((request) => request.query.get('resourceVersion'))).toEqual(['10', '10', '10', '11', '12']);
  });

  it('ends a watch that is silently dead by its own deadline and connects again', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '10'),
        (_request, response, number) => {
          response.writeHead(200).flushHeaders();
          if (number === 2) response.write(event('ADDED', object('late', '11')));
        },
      ),
    );
    await using test = watcherOf(api.url, { ...watchTiming, minSeconds: 0, maxSeconds: 0, graceMs: 100 });
    const seen = await readUntil(test.events, count('added', 1));
    expect(kinds(seen)).toEqual(['replace', 'connected', 'error', 'connected', 'added']);
    expect(seen[2]).toMatchObject({ failure: { kind: 'unavailable', message: expect.stringContaining('sign of life') } });
    expect(watches(api.requests)[1]!.query.get('resourceVersion')).toBe('10');
  });

  it('asks again for a line that is no JSON, and lists when it comes again', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response, number) => list(response, String(number * 10)),
        (_request, response, number) => {
          if (number === 1) response.write(event('ADDED', object('x', '11')));
          if (number <= 2) response.write('{"type": CANARY\n');
          else response.write(event('ADDED', object('y', '21')));
        },
      ),
    );
    await using test = watcherOf(api.url, watchTiming);
    const seen = await readUntil(test.events, count('added', 2));
    expect(kinds(seen).filter((kind) => kind !== 'connected')).toEqual(['replace', 'added', 'error', 'error', 'replace', 'added']);
    expect(JSON.stringify(seen)).not.toContain('CANARY');
    expect(watches(api.requests).map((request) => request.query.get('resourceVersion'))).toEqual(['10', '11', '20']);
  });

  it('bounds the length of an event and lists instead', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response, number) => list(response, String(number * 10)),
        (_request, response, number) => {
          if (number === 1) response.write(event('ADDED', object('huge', '11', { data: 'x'.repeat(100_000) })));
          else response.write(event('ADDED', object('small', '21')));
        },
      ),
    );
    await using test = watcherOf(api.url, { ...watchTiming, maxLineBytes: 50_000 });
    const seen = await readUntil(test.events, count('added', 1));
    expect(kinds(seen)).toEqual(['replace', 'connected', 'error', 'replace', 'connected', 'added']);
    expect(seen[2]).toMatchObject({ failure: { kind: 'unavailable', message: expect.stringContaining('too large') } });
  });

  it('puts characters together that arrive in two chunks', async () => {
    const bytes = Buffer.from(event('ADDED', object('größe-🔑', '11')));
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '10'),
        (_request, response) => {
          const send = (from: number): void => {
            if (from < bytes.length) response.write(bytes.subarray(from, from + 1), () => setImmediate(send, from + 1));
          };
          send(0);
        },
      ),
    );
    await using test = watcherOf(api.url, watchTiming);
    const seen = await readUntil(test.events, count('added', 1));
    expect(seen.at(-1)).toEqual({ kind: 'added', object: 'größe-🔑@11' });
  });

  it('asks for metadata only', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '10', { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', ...object('x', '1') }),
        (_request, response) => response.writeHead(200).flushHeaders(),
      ),
    );
    await using test = watcherOf(api.url, watchTiming, { metadataOnly: true, transform: (seen) => `${seen.apiVersion}/${seen.kind}` });
    const seen = await readUntil(test.events, count('connected', 1));
    expect(seen[0]).toMatchObject({ objects: ['v1/Secret'] });
    expect(api.requests.map((request) => request.headers.accept)).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ]);
  });

  it('leaves out an object that cannot be read, and says which', async () => {
    await using api = await startLoopbackApi(
      split(
        (_request, response) => list(response, '10', object('good', '1'), object('bad', '2')),
        (_request, response) => response.write(event('ADDED', object('bad', '11')) + event('ADDED', object('fine', '12'))),
      ),
    );
    await using test = watcherOf(api.url, watchTiming, {
      transform: (seen) => {
        if (seen.metadata.name === 'bad') throw new Error('cannot read this');
        return seen.metadata.name;
      },
    });
    const seen = await readUntil(test.events, count('added', 1));
    expect(seen[0]).toMatchObject({ kind: 'replace', objects: ['good'] });
    expect(kinds(seen)).toEqual(['replace', 'error', 'connected', 'error', 'added']);
    expect(seen[1]).toMatchObject({ failure: { kind: 'invalid', message: expect.stringContaining('Secret a/bad') } });
  });
});

describe('the end of a watch', () => {
  const quiet = split(
    (_request, response) => list(response, '10'),
    (_request, response) => response.write(event('ADDED', object('x', '11'))),
  );

  it('stops when told to: nothing thrown, nothing connected afterwards, the connection closed', async () => {
    await using api = await startLoopbackApi(quiet);
    await using test = watcherOf(api.url, watchTiming);
    await readUntil(test.events, count('added', 1));
    const next = test.events.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await closed(api.connections.open, 1);
    expect(watches(api.requests)).toHaveLength(1);
  });

  it('stops while it waits to try again', async () => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 500, {}));
    await using test = watcherOf(api.url, watchTiming, {}, { ...quick, backoff: { ...quick.backoff, base: ms(60_000), cap: ms(60_000) } });
    expect((await test.events.next()).value).toMatchObject({ kind: 'error' });
    const next = test.events.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(api.requests).toHaveLength(1);
  });

  it('closes the connection when the consumer leaves before the first event of a watch', async () => {
    await using api = await startLoopbackApi(quiet);
    await using test = watcherOf(api.url, watchTiming);
    for await (const seen of test.events) if (seen.kind === 'connected') break;
    await closed(api.connections.open, 1);
    expect(watches(api.requests)).toHaveLength(1);
  });

  it('leaves an error of the consumer to the consumer, and closes the connection', async () => {
    await using api = await startLoopbackApi(quiet);
    await using test = watcherOf(api.url, watchTiming);
    const consume = async (): Promise<void> => {
      for await (const seen of test.events) if (seen.kind === 'added') throw new RangeError('the consumer failed');
    };
    await expect(consume()).rejects.toThrow(RangeError);
    await closed(api.connections.open, 1);
    expect(watches(api.requests)).toHaveLength(1);
  });
});
