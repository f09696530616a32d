import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { KubeConnection } from '../../../../src/kube/rest/connection.ts';
import type { KubeRequest } from '../../../../src/kube/rest/request.ts';
import { KubeTransport } from '../../../../src/kube/rest/transport.ts';
import { answerJson, connectTo, startLoopbackApi, status } from '../loopback-api.ts';

const never = new AbortController().signal;
const getSecret: KubeRequest = { verb: 'get', type: builtin.secret, namespace: 'team-a', name: 'db' };
const patchSecret: KubeRequest = { ...getSecret, verb: 'patch', body: { data: { password: 'Y2FuYXJ5' } } };

describe('transport', () => {
  it('reuses connections: 100 GETs one after the other take at most 4', async () => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, { kind: 'Secret' }));
    await using test = connectTo(api.url);
    for (let count = 0; count < 100; count += 1) {
      const answer = await test.transport.call(getSecret, never);
      expect(answer.ok).toBe(true);
    }
    expect(api.requests).toHaveLength(100);
    expect(api.connections.opened).toBeLessThanOrEqual(4);
  });

  it('keeps watches out of the way of calls: 40 open watches do not hold up a call', async () => {
    await using api = await startLoopbackApi((request, response) => {
      if (request.query.has('watch')) response.writeHead(200).flushHeaders();
      else answerJson(response, 200, { kind: 'Secret' });
    });
    await using test = connectTo(api.url);
    const stop = new AbortController();
    const watches = Array.from({ length: 40 }, () =>
      test.transport.stream({ verb: 'watch', type: builtin.secret, namespace: 'team-a', query: { watch: 'true' } }, stop.signal),
    );
    expect((await Promise.all(watches)).every((watch) => watch.ok)).toBe(true);
    expect((await test.transport.call(getSecret, never)).ok).toBe(true);
    stop.abort();
  });

  it('leaves connections to other namespaces while the calls of one namespace hang', async () => {
    await using api = await startLoopbackApi((request, response) => {
      if (!request.path.includes('/namespaces/slow/')) answerJson(response, 200, { kind: 'Secret' });
    });
    await using test = connectTo(api.url, { timeoutMs: 2_000 });
    const stop = new AbortController();
    const hanging = Array.from({ length: 64 }, () => test.transport.call({ ...getSecret, namespace: 'slow' }, stop.signal));
    expect((await test.transport.call(getSecret, never)).ok).toBe(true);
    stop.abort();
    await Promise.allSettled(hanging);
  });

  it('renews the Lease on connections of its own', async () => {
    await using api = await startLoopbackApi((request, response) => {
      if (request.path.includes('/leases/')) answerJson(response, 200, { kind: 'Lease' });
    });
    await using test = connectTo(api.url, { timeoutMs: 2_000 });
    const stop = new AbortController();
    const hanging = Array.from({ length: 64 }, (_, index) =>
      test.transport.call({ ...getSecret, namespace: `slow-${index}` }, stop.signal),
    );
    const lease: KubeRequest = { verb: 'get', type: builtin.lease, namespace: 'operator', name: 'keytender' };
    expect((await test.transport.call(lease, never)).ok).toBe(true);
    stop.abort();
    await Promise.allSettled(hanging);
  });

  it('says method, path, content type and user agent', async () => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, {}));
    await using test = connectTo(`${api.url}/k8s/clusters/c-1`);
    await test.transport.call({ ...patchSecret, subresource: 'status', query: { fieldManager: 'keytender' } }, never);
    const arrived = api.requests[0]!;
    expect(arrived.method).toBe('PATCH');
    expect(arrived.path).toBe('/k8s/clusters/c-1/api/v1/namespaces/team-a/secrets/db/status');
    expect(arrived.query.get('fieldManager')).toBe('keytender');
    expect(arrived.headers['content-type']).toBe('application/merge-patch+json');
    expect(arrived.headers['user-agent']).toBe('keytender/0.0.0-test');
    expect(arrived.headers.authorization).toBe('Bearer test');
    expect(JSON.parse(arrived.body)).toEqual(patchSecret.body);
  });

  it.each(['', '.', '..'])('sends nothing for the name "%s", which would reach another path', async (name) => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, {}));
    await using test = connectTo(api.url);
    const answer = await test.transport.call({ ...getSecret, name }, never);
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'invalid', status: 0 } });
    expect(api.requests).toHaveLength(0);
  });

  it('escapes names', async () => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, {}));
    await using test = connectTo(api.url);
    await test.transport.call({ ...getSecret, name: '../../x?watch=1#é' }, never);
    expect(api.requests[0]!.path).toBe('/api/v1/namespaces/team-a/secrets/..%2F..%2Fx%3Fwatch%3D1%23%C3%A9');
    expect(api.requests[0]!.query.size).toBe(0);
  });

  it('ends a call that hangs, before the headers and in the middle of the body', async () => {
    await using api = await startLoopbackApi((_request, response, count) => {
      if (count === 2) response.writeHead(200).write('{"half":');
    });
    await using test = connectTo(api.url, { timeoutMs: 100 });
    for (const _ of ['headers', 'body']) {
      const answer = await test.transport.call(getSecret, never);
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'unavailable', status: 0 } });
      if (!answer.ok) expect(answer.failure.message).toBe('get Secret team-a/db: no answer within 0.1 s');
    }
  });

  it('throws, and does not answer, when the caller aborts', async () => {
    await using api = await startLoopbackApi(() => undefined);
    await using test = connectTo(api.url);
    const stop = new AbortController();
    const call = test.transport.call(getSecret, stop.signal);
    setImmediate(() => stop.abort());
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('waits for credentials no longer than its caller and its own time allow', async () => {
    const credentials = {
      server: new URL('http://127.0.0.1:9'),
      contextNamespace: undefined,
      authorize: () => new Promise<never>(() => undefined),
    };
    await using connection = new KubeConnection(credentials);
    const stop = new AbortController();
    const patient = new KubeTransport(connection, { version: 'test' }).call(getSecret, stop.signal);
    setImmediate(() => stop.abort());
    await expect(patient).rejects.toMatchObject({ name: 'AbortError' });
    const hasty = await new KubeTransport(connection, { version: 'test', timeoutMs: 5 }).call(getSecret, never);
    expect(hasty).toMatchObject({ failure: { kind: 'unavailable', message: 'get Secret team-a/db: no credentials within 0.005 s' } });
  });

  it('tells of no attempt that it broke off itself: the API server is not to blame', async () => {
    const told: number[] = [];
    await using api = await startLoopbackApi((_request, response, count) => {
      if (count === 3) answerJson(response, 200, {});
    });
    const onAttempt = (_request: unknown, code: number): void => void told.push(code);
    await using test = connectTo(api.url, { onAttempt });
    const stop = new AbortController();
    const call = test.transport.call(getSecret, stop.signal);
    const watch = test.transport.stream({ ...getSecret, verb: 'watch' }, stop.signal);
    setImmediate(() => stop.abort());
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await expect(watch).rejects.toMatchObject({ name: 'AbortError' });
    expect(told).toEqual([]);
  });

  it('bounds the size of an answer', async () => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, { data: 'x'.repeat(10_000) }));
    await using test = connectTo(api.url, { maxResponseBytes: 5_000 });
    const answer = await test.transport.call(getSecret, never);
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'unavailable', message: 'get Secret team-a/db: the answer is too large' } });
  });

  it('parses large answers when it is their turn, and small ones at once', async () => {
    await using api = await startLoopbackApi((_request, response, count) =>
      answerJson(response, 200, { data: 'x'.repeat(count === 1 ? 40_000 : 10) }),
    );
    const asked: string[] = [];
    const { promise: turn, resolve: begin } = Promise.withResolvers<void>();
    const slices = {
      worker: (group: string) => ({
        isUsedUp: true,
        checkpoint: () => {
          asked.push(group);
          return turn;
        },
      }),
    };
    await using test = connectTo(api.url, { slices });
    let isAnswered = false;
    const large = test.transport.call(getSecret, never).finally(() => (isAnswered = true));
    while (asked.length === 0) await nextIteration();
    expect(await test.transport.call(getSecret, never)).toMatchObject({ ok: true });
    expect([asked, isAnswered]).toEqual([['team-a'], false]);
    begin();
    expect(await large).toMatchObject({ ok: true });
  });

  it('sends a GET again, once, when its socket was closed; a write never', async () => {
    await using api = await startLoopbackApi((_request, response, count) => {
      if (count % 2 === 1) response.socket?.destroy();
      else answerJson(response, 200, { kind: 'Secret' });
    });
    await using test = connectTo(api.url);
    expect((await test.transport.call(getSecret, never)).ok).toBe(true);
    expect(api.requests.map((request) => request.method)).toEqual(['GET', 'GET']);
    const write = await test.transport.call(patchSecret, never);
    expect(write).toMatchObject({ ok: false, failure: { kind: 'unavailable', status: 0 } });
    expect(api.requests.map((request) => request.method)).toEqual(['GET', 'GET', 'PATCH']);
  });

  it('gives up after the second closed socket', async () => {
    await using api = await startLoopbackApi((_request, response) => response.socket?.destroy());
    await using test = connectTo(api.url);
    expect(await test.transport.call(getSecret, never)).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(api.requests).toHaveLength(2);
  });

  it('keeps neither the answer nor the request in a failure', async () => {
    const canary = 'CANARY-Y2FuYXJ5';
    await using api = await startLoopbackApi((_request, response, count) => {
      if (count === 1) {
        const details = { causes: [{ reason: 'FieldValueInvalid', message: canary, field: 'data[password]' }] };
        answerJson(response, 422, status(422, 'Invalid', `Secret "db" is invalid: ${canary}`, details));
      } else if (count === 2) answerJson(response, 500, status(500, 'InternalError', canary));
      else if (count === 3) response.writeHead(200).end(`${canary} is no JSON`);
      else response.writeHead(502).end(`<html>${canary}</html>`);
    });
    await using test = connectTo(api.url);
    for (let count = 0; count < 4; count += 1) {
      const answer = await test.transport.call({ ...patchSecret, body: { data: { password: canary } } }, never);
      expect(answer.ok).toBe(false);
      const seen = JSON.stringify(answer) + String(!answer.ok && answer.failure.cause);
      expect(seen).not.toContain('CANARY');
    }
  });

  it('honours Retry-After in seconds, as a date, and from the body', async () => {
    await using api = await startLoopbackApi((_request, response, count) => {
      if (count === 1) answerJson(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '7' });
      else if (count === 2) answerJson(response, 503, {}, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
      else answerJson(response, 504, status(504, 'Timeout', 'm', { retryAfterSeconds: 3 }));
    });
    await using test = connectTo(api.url);
    expect(await test.transport.call(getSecret, never)).toMatchObject({ failure: { kind: 'throttled', status: 429, retryAfterMs: 7_000 } });
    const dated = await test.transport.call(getSecret, never);
    expect(dated).toMatchObject({ failure: { kind: 'unavailable', status: 503 } });
    if (!dated.ok) expect(dated.failure.retryAfterMs).toBeGreaterThan(50_000);
    expect(await test.transport.call(getSecret, never)).toMatchObject({ failure: { kind: 'unavailable', retryAfterMs: 3_000 } });
  });

  it('answers unauthorized, without what the plugin printed, when no credentials can be had', async () => {
    await using connection = new KubeConnection({
      server: new URL('https://cluster.example'),
      contextNamespace: undefined,
      authorize: () => Promise.reject(new Error('CANARY of an exec plugin')),
    });
    const answer = await new KubeTransport(connection, { version: '0.0.0-test' }).call(getSecret, never);
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'unauthorized', status: 0 } });
    expect(JSON.stringify(answer)).not.toContain('CANARY');
  });

  it('reports each attempt with its status', async () => {
    const seen: string[] = [];
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 404, status(404, 'NotFound')));
    await using test = connectTo(api.url, { onAttempt: (request, code) => seen.push(`${request.verb} ${code}`) });
    await test.transport.call(getSecret, never);
    expect(seen).toEqual(['get 404']);
  });
});
