import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultTable } from '../../support/api-proxy/fault-table.ts';
import { parseResourceRequest } from '../../support/api-proxy/resource-request.ts';
import { startApiProxy } from '../../support/api-proxy/start.ts';
import type { ApiProxy } from '../../support/api-proxy/start.ts';
import { ApiClient } from '../../support/control-plane/api-client.ts';
import type { WatchEvent } from '../../support/control-plane/api-client.ts';
import { makeCertificateAuthority } from '../../support/control-plane/certificates.ts';
import { writeKubeconfig } from '../../support/control-plane/kubeconfig.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

const line = (type: string): string => `${JSON.stringify({ type, object: {} })}\n`;

describe('parseResourceRequest', () => {
  it.each([
    ['GET', '/api/v1/namespaces/a/secrets/s', { verb: 'get', group: '', resource: 'secrets', namespace: 'a', name: 's' }],
    ['GET', '/api/v1/secrets?limit=5', { verb: 'list', group: '', resource: 'secrets' }],
    ['GET', '/api/v1/secrets?watch=true', { verb: 'watch', group: '', resource: 'secrets' }],
    ['GET', '/api/v1/secrets?watch=0', { verb: 'list', group: '', resource: 'secrets' }],
    ['POST', '/api/v1/namespaces/a/secrets', { verb: 'create', group: '', resource: 'secrets', namespace: 'a' }],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/a/deployments/d',
      { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'a', name: 'd' },
    ],
    [
      'PUT',
      '/apis/g.dev/v1/namespaces/a/things/t/status',
      { verb: 'update', group: 'g.dev', resource: 'things', namespace: 'a', name: 't', subresource: 'status' },
    ],
    [
      'POST',
      '/api/v1/namespaces/a/serviceaccounts/s/token',
      { verb: 'create', group: '', resource: 'serviceaccounts', namespace: 'a', name: 's', subresource: 'token' },
    ],
    ['DELETE', '/api/v1/namespaces/a/secrets', { verb: 'deletecollection', group: '', resource: 'secrets', namespace: 'a' }],
    ['DELETE', '/apis/g.dev/v1/stores/s%3Ax', { verb: 'delete', group: 'g.dev', resource: 'stores', name: 's:x' }],
    ['GET', '/api/v1/namespaces/a', { verb: 'get', group: '', resource: 'namespaces', name: 'a' }],
    ['GET', '/api/v1/namespaces/a/status', { verb: 'get', group: '', resource: 'namespaces', name: 'a', subresource: 'status' }],
    ['GET', '/version', { verb: 'get', group: '', resource: '' }],
    ['GET', '/apis/apps/v1', { verb: 'get', group: '', resource: '' }],
  ])('%s %s', (method, url, expected) => {
    expect(parseResourceRequest(method, url)).toEqual({ ...expected, path: url.split('?')[0] });
  });
});

describe('FaultTable', () => {
  const patch = parseResourceRequest('PATCH', '/api/v1/namespaces/a/secrets/s');
  const status = parseResourceRequest('PATCH', '/apis/g.dev/v1/namespaces/a/things/t/status');
  const conflict = { kind: 'status', code: 409 } as const;

  it.each([
    [{}, true],
    [{ verb: 'patch', resource: 'secrets', namespace: 'a', name: 's', group: '', subresource: '' }, true],
    [{ verb: ['create', 'patch'] }, true],
    [{ verb: ['create', 'update'] }, false],
    [{ resource: 'configmaps' }, false],
    [{ namespace: 'b' }, false],
    [{ name: 't' }, false],
    [{ group: 'apps' }, false],
    [{ subresource: 'status' }, false],
    [{ userAgent: /^keytender\// }, true],
    [{ userAgent: /^kubectl/ }, false],
  ])('%j fits: %s', (match, fits) => {
    const table = new FaultTable();
    table.inject({ ...match, fault: conflict });
    expect(table.decide(patch, 'keytender/1').verdict).toEqual(fits ? conflict : undefined);
  });

  it('tells a subresource from the resource itself', () => {
    const table = new FaultTable();
    table.inject({ resource: 'things', subresource: '', fault: conflict });
    expect(table.decide(status, '').verdict).toBeUndefined();
    table.inject({ resource: 'things', subresource: 'status', fault: conflict });
    expect(table.decide(status, '').verdict).toEqual(conflict);
  });

  it('hits so many times, counts, and then lets the next rule have its turn', () => {
    const table = new FaultTable();
    const first = table.inject({ verb: 'patch', times: 2, fault: conflict });
    const second = table.inject({ verb: 'patch', fault: { kind: 'reset' } });
    const kinds = [1, 2, 3, 4].map(() => table.decide(patch, '').verdict?.kind);
    expect([kinds, first.hits, second.hits]).toEqual([['status', 'status', 'reset', 'reset'], 2, 2]);
    second.remove();
    expect(table.decide(patch, '').verdict).toBeUndefined();
  });

  it('adds latency to whatever verdict follows', () => {
    const table = new FaultTable();
    table.inject({ fault: { kind: 'latency', ms: 5 } });
    table.inject({ fault: conflict });
    expect(table.decide(patch, '')).toEqual({ modifiers: [{ kind: 'latency', ms: 5 }], verdict: conflict });
  });
});

describe('the proxy', () => {
  const SECRETS = '/api/v1/namespaces/a/secrets';
  let folder: string;
  let stack: AsyncDisposableStack;
  let proxy: ApiProxy;
  let client: ApiClient;
  let seen: { method: string; authorization: string | undefined; body: string }[];
  let watchers: ServerResponse[];

  beforeEach(async () => {
    [seen, watchers] = [[], []];
    folder = mkdtempSync(join(tmpdir(), 'keytender-proxy-'));
    stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(folder, { recursive: true }));
    const authority = makeCertificateAuthority('upstream');
    const { certPem, keyPem } = authority.issueServer({ commonName: 'upstream' }, ['127.0.0.1']);
    const server = createServer({ cert: certPem, key: keyPem }, (incoming, outgoing) => void answer(incoming, outgoing));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stack.defer(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kubeconfigFor = (user: object, through?: { url: string; caPem: string }): Promise<string> =>
      Promise.resolve(
        writeKubeconfig(join(folder, 'kubeconfig'), {
          server: through?.url ?? url,
          caPem: through?.caPem ?? '',
          user: user as { token: string },
        }),
      );
    proxy = stack.use(await startApiProxy({ url, caPem: authority.certPem, adminToken: 'admin-token', kubeconfigFor }));
    client = stack.use(new ApiClient({ url: proxy.url, caPem: proxy.caPem, token: 'user-token', retryThrottled: false }));
  });

  afterEach(() => stack.disposeAsync());

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    seen.push({ method: incoming.method ?? '', authorization: incoming.headers.authorization, body: Buffer.concat(chunks).toString() });
    outgoing.setHeader('content-type', 'application/json');
    if (!(incoming.url ?? '').includes('watch')) {
      outgoing.writeHead(incoming.method === 'POST' ? 201 : 200).end('{"kind":"Secret"}');
      return;
    }
    watchers.push(outgoing);
    outgoing.flushHeaders();
  }

  const create = (): ReturnType<ApiClient['send']> => client.send({ method: 'POST', path: SECRETS, body: { kind: 'Secret' } });

  it('passes requests with their token and body, and answers as they are, and logs them', async () => {
    expect(await create()).toEqual({ status: 201, body: { kind: 'Secret' } });
    expect(seen).toEqual([{ method: 'POST', authorization: 'Bearer user-token', body: '{"kind":"Secret"}' }]);
    expect(proxy.log.writes()).toEqual([
      expect.objectContaining({
        verb: 'create',
        resource: 'secrets',
        namespace: 'a',
        status: 201,
        userAgent: 'keytender-test-support',
        contentType: 'application/json',
      }),
    ]);
  });

  it('answers with an injected status, which the API server does not see', async () => {
    const fault = proxy.inject({ verb: 'create', times: 1, fault: { kind: 'status', code: 429, retryAfterSeconds: 3 } });
    expect(await create()).toMatchObject({
      status: 429,
      body: { kind: 'Status', reason: 'TooManyRequests', code: 429, details: { retryAfterSeconds: 3 } },
    });
    expect([fault.hits, seen.length]).toEqual([1, 0]);
    expect((await create()).status).toBe(201);
  });

  it('resets a connection before the API server sees the request', async () => {
    proxy.inject({ fault: { kind: 'reset' } });
    await expect(create()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(seen).toEqual([]);
    expect(proxy.log.select()).toEqual([expect.objectContaining({ status: 0, lost: false })]);
  });

  it('loses the answer to a request that the API server has done', async () => {
    proxy.inject({ fault: { kind: 'lose-response' } });
    await expect(create()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(seen).toHaveLength(1);
    expect(proxy.log.select()).toEqual([expect.objectContaining({ status: 0, lost: true })]);
  });

  it('never answers a hanging request', async () => {
    const fault = proxy.inject({ fault: { kind: 'hang' } });
    const patience = new AbortController();
    const request = client.send({ path: SECRETS, signal: patience.signal });
    await waitUntil('the hang', () => fault.hits === 1);
    const logged = proxy.waitFor({ resource: 'secrets' });
    patience.abort();
    await expect(request).rejects.toThrow();
    expect((await logged).status).toBe(0);
  });

  it('adds latency', async () => {
    proxy.inject({ fault: { kind: 'latency', ms: 150 } });
    const started = performance.now();
    await create();
    expect(performance.now() - started).toBeGreaterThanOrEqual(149);
  });

  it('holds a request before the API server, and another one before its client knows the answer', async () => {
    const before = proxy.hold({ verb: 'create' });
    const first = create();
    expect(await before.arrived).toMatchObject({ verb: 'create', resource: 'secrets' });
    expect(seen).toEqual([]);
    before.release();
    expect((await first).status).toBe(201);
    const after = proxy.hold({ verb: 'create', at: 'response' });
    const second = create();
    await after.arrived;
    expect(seen).toHaveLength(2);
    after.release();
    expect((await second).status).toBe(201);
  });

  it('waits for a request, past ones included when asked', async () => {
    const since = proxy.log.next;
    await create();
    expect(await proxy.waitFor({ verb: 'create' }, ({ status }) => status === 201, { since })).toMatchObject({ sequence: since });
    await expect(proxy.waitFor({ verb: 'create' }, undefined, { timeoutMs: 20 })).rejects.toThrow('not within 20 ms');
  });

  interface Watched {
    readonly events: WatchEvent[];
    readonly ended: Promise<unknown>;
    readonly upstream: ServerResponse;
  }

  async function watch(): Promise<Watched> {
    const events: WatchEvent[] = [];
    const opened = watchers.length;
    const ended = (async () => {
      for await (const event of client.watch(`${SECRETS}?watch=1`, new AbortController().signal)) events.push(event);
    })().then(
      () => 'ended',
      (error: unknown) => error,
    );
    await waitUntil('the watch', () => proxy.log.select({ verb: 'watch' }).length > opened);
    const upstream = watchers[opened];
    if (upstream === undefined) throw new Error('no watch came through');
    return { events, ended, upstream };
  }

  it('ends, breaks and fails open watches', async () => {
    const ended = await watch();
    expect(proxy.closeWatches({ resource: 'configmaps' })).toBe(0);
    expect(proxy.closeWatches({ resource: 'secrets' })).toBe(1);
    expect(await ended.ended).toBe('ended');
    const broken = await watch();
    expect(proxy.closeWatches({}, 'reset')).toBe(1);
    expect(await broken.ended).toMatchObject({ code: 'ECONNRESET' });
    const failed = await watch();
    expect(proxy.failWatches()).toBe(1);
    expect(await failed.ended).toBe('ended');
    expect(failed.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
  });

  it('swallows bookmarks, or everything else', async () => {
    proxy.inject({ times: 1, fault: { kind: 'swallow-bookmarks' } });
    const without = await watch();
    proxy.inject({ times: 1, fault: { kind: 'only-bookmarks' } });
    const only = await watch();
    for (const { upstream } of [without, only]) {
      // An event may come in pieces.
      upstream.write(line('ADDED') + line('BOOKMARK').slice(0, 5));
      upstream.end(line('BOOKMARK').slice(5) + line('DELETED'));
    }
    await Promise.all([without.ended, only.ended]);
    expect([without.events, only.events].map((events) => events.map(({ type }) => type))).toEqual([['ADDED', 'DELETED'], ['BOOKMARK']]);
  });

  it('breaks a watch whose API server dies', async () => {
    const { upstream, ended } = await watch();
    upstream.socket?.destroy();
    expect(await ended).toMatchObject({ code: 'ECONNRESET' });
  });

  it('starts a watch with an ERROR event', async () => {
    proxy.inject({ verb: 'watch', fault: { kind: 'watch-error' } });
    const events: WatchEvent[] = [];
    for await (const event of client.watch(`${SECRETS}?watch=1`, new AbortController().signal)) events.push(event);
    expect(events).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
  });

  it('writes kubeconfigs that lead through it', async () => {
    const config = JSON.parse(readFileSync(await proxy.kubeconfig(), 'utf8')) as { users: unknown; clusters: unknown };
    expect(config.users).toEqual([expect.objectContaining({ user: { token: 'admin-token' } })]);
    expect(config.clusters).toMatchObject([{ cluster: { server: proxy.url } }]);
  });
});
