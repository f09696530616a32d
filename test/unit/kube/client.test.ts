import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import { createKubeClient } from '../../../src/kube/client.ts';
import { failureOf } from '../../../src/kube/failure-of.ts';
import { answerJson, connectTo, startLoopbackApi, status } from './loopback-api.ts';

const never = new AbortController().signal;
const db = { namespace: 'team-a', name: 'db' };

function item(name: string): object {
  return { metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '1' } };
}

describe('client', () => {
  it('keeps fields that no model knows, on read and on write', async () => {
    const body = { metadata: { name: 'db' }, data: {}, 'x-future': { deep: [1, { __proto__: null, more: true }] } };
    await using api = await startLoopbackApi((request, response) =>
      answerJson(response, 200, request.method === 'GET' ? body : JSON.parse(request.body)),
    );
    await using test = connectTo(api.url);
    const client = createKubeClient(test.transport, 'keytender');
    expect(await client.get(builtin.secret, db, never)).toEqual({ ok: true, value: body });
    expect(await client.create(builtin.secret, 'team-a', body, never)).toEqual({ ok: true, value: body });
    expect(JSON.parse(api.requests[1]!.body)).toEqual(body);
  });

  it('reads no object with too many keys, and takes the answer to a write without them', async () => {
    const data = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key-${n}`, '']));
    const metadata = { name: 'db', namespace: 'team-a', uid: 'u', resourceVersion: '8' };
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, { metadata, data }));
    await using test = connectTo(api.url);
    const client = createKubeClient(test.transport, 'keytender');
    const read = await client.get(builtin.secret, db, never);
    const message = 'get Secret team-a/db: it has too many keys to be read, more than 15000 with those of its metadata';
    expect(read).toEqual({ ok: false, failure: { kind: 'too-large', status: 0, message } });
    expect(read.ok ? undefined : failureOf(read.failure).reason).toBe('SecretTooLarge');
    expect(await client.mergePatch(builtin.secret, db, {}, never)).toEqual({ ok: true, value: { metadata } });
  });

  it('sends a DELETE with its preconditions and a patch with its field manager', async () => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, {}));
    await using test = connectTo(api.url);
    const client = createKubeClient(test.transport, 'keytender');
    expect(await client.delete(builtin.secret, db, { uid: 'u', resourceVersion: '7' }, never)).toEqual({ ok: true, value: undefined });
    await client.mergePatch(keytender.kinds.externalSecret, db, { status: {} }, never, 'status');
    expect(api.requests[0]!.method).toBe('DELETE');
    expect(JSON.parse(api.requests[0]!.body)).toMatchObject({ kind: 'DeleteOptions', preconditions: { uid: 'u', resourceVersion: '7' } });
    expect(api.requests[1]!.path).toBe('/apis/keytender.dev/v1/namespaces/team-a/externalsecrets/db/status');
    expect(api.requests[1]!.query.get('fieldManager')).toBe('keytender');
  });

  it('lists in pages and gives typed items their kind', async () => {
    await using api = await startLoopbackApi((request, response) => {
      const page = Number(request.query.get('continue') ?? '0');
      const metadata = { resourceVersion: '9', ...(page < 2 ? { continue: String(page + 1) } : {}) };
      answerJson(response, 200, { kind: 'SecretList', metadata, items: [item(`s${page}`)] });
    });
    await using test = connectTo(api.url);
    const listed = await createKubeClient(test.transport, 'k').list(builtin.secret, { namespace: 'team-a', labelSelector: 'a=b' }, never);
    expect(listed.ok && listed.value.map((object: KubeObject) => [object.apiVersion, object.kind, object.metadata.name])).toEqual([
      ['v1', 'Secret', 's0'],
      ['v1', 'Secret', 's1'],
      ['v1', 'Secret', 's2'],
    ]);
    // The first page is small, because the API server makes a page whole whatever becomes of it.
    expect(api.requests.map((request) => [request.query.get('limit'), request.query.get('labelSelector')])).toEqual([
      ['32', 'a=b'],
      ['64', 'a=b'],
      ['128', 'a=b'],
    ]);
  });

  it('starts the list again when the continue token has expired, and gives up when that goes on', async () => {
    let expire = 1;
    await using api = await startLoopbackApi((request, response) => {
      if (request.query.has('continue') && expire > 0) {
        expire -= 1;
        answerJson(response, 410, status(410, 'Expired'));
      } else {
        const more = request.query.has('continue') ? {} : { continue: 'next' };
        answerJson(response, 200, { metadata: { resourceVersion: '9', ...more }, items: [item(request.query.get('continue') ?? 'first')] });
      }
    });
    await using test = connectTo(api.url);
    const client = createKubeClient(test.transport, 'k');
    const listed = await client.list(builtin.secret, { namespace: '' }, never);
    expect(listed.ok && listed.value.map((object: KubeObject) => object.metadata.name)).toEqual(['first', 'next']);
    expire = 1_000;
    expect(await client.list(builtin.secret, { namespace: '' }, never)).toMatchObject({ ok: false, failure: { kind: 'expired' } });
  });

  it('asks for smaller pages when one is too large to hold', async () => {
    await using api = await startLoopbackApi((request, response) => {
      const limit = Number(request.query.get('limit'));
      const from = Number(request.query.get('continue') ?? '0');
      const items = Array.from({ length: Math.min(limit, 60 - from) }, (_, index) => ({
        ...item(`s${from + index}`),
        data: 'x'.repeat(1_000),
      }));
      const next = from + items.length < 60 ? { continue: String(from + items.length) } : {};
      answerJson(response, 200, { metadata: { resourceVersion: '9', ...next }, items });
    });
    await using test = connectTo(api.url, { maxResponseBytes: 20_000 });
    const listed = await createKubeClient(test.transport, 'k').list(builtin.secret, { namespace: '' }, never);
    expect(listed.ok && listed.value.length).toBe(60);
  });

  it('reads large objects few at a time, each once, and small ones many at a time', async () => {
    const large = 40;
    const read: { readonly limit: number; readonly bytes: number }[] = [];
    await using api = await startLoopbackApi((request, response) => {
      const limit = Number(request.query.get('limit'));
      const from = Number(request.query.get('continue') ?? '0');
      const items = Array.from({ length: Math.min(limit, 1_000 - from) }, (_, index) => ({
        ...item(`s${from + index}`),
        data: 'x'.repeat(from + index < large ? 1_000_000 : 100),
      }));
      const next = from + items.length < 1_000 ? { continue: String(from + items.length) } : {};
      const body = { metadata: { resourceVersion: '9', ...next }, items };
      read.push({ limit, bytes: JSON.stringify(body).length });
      answerJson(response, 200, body);
    });
    await using test = connectTo(api.url);
    const listed = await createKubeClient(test.transport, 'k').list<KubeObject>(builtin.secret, { namespace: '' }, never);
    expect(listed.ok && new Set(listed.value.map(({ metadata }) => metadata.name)).size).toBe(1_000);
    expect(listed.ok && listed.value.length).toBe(1_000);
    const held = read.filter(({ limit, bytes }) => bytes <= 2 * 1024 * 1024 || limit === 1);
    expect([read.length - held.length, held.length, read.at(-1)?.limit]).toEqual([2, expect.any(Number), 500]);
    expect(held.length).toBeLessThan(large + 15);
  });

  it('is not led astray by an answer that is no list', async () => {
    await using api = await startLoopbackApi((_request, response) => answerJson(response, 200, { hello: 'world' }));
    await using test = connectTo(api.url);
    expect(await createKubeClient(test.transport, 'k').list(builtin.secret, { namespace: '' }, never)).toMatchObject({
      failure: { kind: 'unavailable' },
    });
  });

  it('requests a token', async () => {
    await using api = await startLoopbackApi((_request, response, count) => {
      if (count === 1) answerJson(response, 201, { status: { token: 't', expirationTimestamp: '2026-01-01T00:00:00Z' } });
      else if (count === 2) answerJson(response, 404, status(404, 'NotFound'));
      else answerJson(response, 201, { status: {} });
    });
    await using test = connectTo(api.url);
    const client = createKubeClient(test.transport, 'k');
    const ask = () => client.createToken({ namespace: 'team-a', name: 'reader' }, ['sts.amazonaws.com'], 600, never);
    expect(await ask()).toEqual({ ok: true, value: { token: 't', expiresAt: Date.UTC(2026, 0, 1) } });
    expect(api.requests[0]!.path).toBe('/api/v1/namespaces/team-a/serviceaccounts/reader/token');
    expect(JSON.parse(api.requests[0]!.body)).toMatchObject({ spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 600 } });
    expect(await ask()).toMatchObject({
      ok: false,
      failure: { reason: 'CredentialsMissing', message: 'create token of ServiceAccount team-a/reader: it does not exist' },
    });
    expect(await ask()).toMatchObject({ ok: false, failure: { reason: 'KubernetesUnavailable' } });
  });
});
