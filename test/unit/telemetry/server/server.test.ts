import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Counter, Gauge, Registry } from 'prom-client';
import { type HttpServer, startHttpServer } from '../../../../src/telemetry/server/http-server.ts';
import { type Probes, startMetricsServer, startProbeServer } from '../../../../src/telemetry/server/server.ts';
import { waitUntil } from '../../../support/control-plane/wait-until.ts';

const local = { kind: 'listen', host: '127.0.0.1', port: 0 } as const;
const healthy = (): undefined => undefined;
const unexpected = (error: unknown): never => {
  throw error;
};

async function get(server: HttpServer, path: string, method = 'GET'): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return [response.status, await response.text()];
}

describe('startMetricsServer', () => {
  it('serves the registry as Prometheus reads it', async () => {
    const registry = new Registry();
    new Counter({ name: 'keytender_test_total', help: 'Test.', registers: [registry] }).inc();
    await using server = await startMetricsServer(local, registry, unexpected);
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    expect(await response.text()).toContain('keytender_test_total 1');
    expect(await get(server, '/')).toEqual([404, 'not found\n']);
    expect(await get(server, '/metrics', 'POST')).toEqual([405, 'method not allowed\n']);
    expect(await get(server, '/metrics', 'HEAD')).toEqual([200, '']);
  });

  it('serves what else it is given, and nothing beside it', async () => {
    const endpoints = { '/debug/freshness': (query: URLSearchParams) => ({ status: 200, body: `of ${query.get('name')}` }) };
    await using server = await startMetricsServer(local, new Registry(), unexpected, endpoints);
    expect(await get(server, '/debug/freshness?name=x')).toEqual([200, 'of x']);
    expect((await get(server, '/debug'))[0]).toBe(404);
    expect((await get(server, '/constructor'))[0]).toBe(404);
  });

  it('makes one answer for all who ask at the same time, and none that is older than the question', async () => {
    const registry = new Registry();
    let made = 0;
    const gauge: Gauge = new Gauge({ name: 'made', help: 'Times.', registers: [registry], collect: () => gauge.set((made += 1)) });
    await using server = await startMetricsServer(local, registry, unexpected);
    for (let round = 1; round <= 3; round++) {
      const before = made;
      const answers = await Promise.all(Array.from({ length: 40 }, () => get(server, '/metrics')));
      const counts = answers.map(([, text]) => Number(/^made (\d+)$/m.exec(text)?.[1]));
      expect(Math.min(...counts)).toBeGreaterThan(before);
      expect(made - before).toBeLessThan(20);
    }
  });

  it('keeps a bounded number of connections, and still answers who comes after them', async () => {
    await using server = await startMetricsServer(local, new Registry(), unexpected);
    const idle = Array.from({ length: 600 }, () => connect(server.port ?? 0, '127.0.0.1').on('error', healthy));
    const closed = () => idle.filter(({ closed: ended }) => ended).length;
    await waitUntil('the oldest are closed', async () => closed() >= 600 - 256);
    expect(await get(server, '/metrics')).toEqual([200, '\n']);
    expect(closed()).toBeLessThan(600 - 200);
    for (const socket of idle) socket.destroy();
  });

  it('is switched off by "0"', async () => {
    await using server = await startMetricsServer({ kind: 'off' }, new Registry(), unexpected);
    expect(server.port).toBeUndefined();
  });

  it('rejects when the port is taken', async () => {
    await using server = await startMetricsServer(local, new Registry(), unexpected);
    const second = startMetricsServer({ ...local, port: server.port ?? 0 }, new Registry(), unexpected);
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('startProbeServer', () => {
  const state = { synced: false };
  const probes: Probes = {
    live: { 'event-loop': healthy, watches: healthy },
    ready: { synced: () => (state.synced ? undefined : 'not listed yet: Secret') },
  };

  it('answers each endpoint by its own checks', async () => {
    await using server = await startProbeServer(local, probes, unexpected);
    expect(await get(server, '/livez')).toEqual([200, 'ok\n']);
    expect(await get(server, '/healthz?verbose')).toEqual([200, '[+]event-loop ok\n[+]ping ok\n[+]watches ok\nhealthz check passed\n']);
    expect(await get(server, '/readyz')).toEqual([500, '[+]ping ok\n[-]synced failed: not listed yet: Secret\nreadyz check failed\n']);
    expect((await get(server, '/readyz?exclude=synced'))[0]).toBe(200);
    state.synced = true;
    expect(await get(server, '/readyz')).toEqual([200, 'ok\n']);
  });

  it('answers for a single check, and for no other path', async () => {
    await using server = await startProbeServer(local, probes, unexpected);
    expect(await get(server, '/livez/watches?verbose')).toEqual([200, '[+]ping ok\n[+]watches ok\nlivez check passed\n']);
    expect(await get(server, '/livez/ping')).toEqual([200, 'ok\n']);
    for (const path of ['/', '/livez/toString', '/livez/watches/x', '/metrics', '//livez']) {
      expect((await get(server, path))[0]).toBe(404);
    }
  });
});

describe('startHttpServer', () => {
  it('answers 500 and reports when a handler throws', async () => {
    const errors: unknown[] = [];
    const bug = new Error('canary');
    await using server = await startHttpServer(
      local,
      () => Promise.reject(bug),
      (error) => errors.push(error),
    );
    expect(await get(server, '/')).toEqual([500, 'internal error\n']);
    expect(errors).toEqual([bug]);
  });

  it('refuses a request line that is not a path', async () => {
    await using server = await startHttpServer(local, () => ({ status: 200, body: 'never' }), unexpected);
    const socket = connect(server.port ?? 0, '127.0.0.1');
    socket.end('GET http://elsewhere/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('closes open connections when it is disposed of, idle and in the middle of a request', async () => {
    const reached = Promise.withResolvers<void>();
    const server = await startHttpServer(
      local,
      () => {
        reached.resolve();
        return new Promise(() => undefined);
      },
      unexpected,
    );
    const idle = connect(server.port ?? 0, '127.0.0.1');
    const busy = connect(server.port ?? 0, '127.0.0.1');
    const closed = [idle, busy].map((socket) => once(socket, 'close'));
    idle.on('error', () => undefined);
    busy.on('error', () => undefined);
    await Promise.all([once(idle, 'connect'), once(busy, 'connect')]);
    busy.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await reached.promise;
    await server[Symbol.asyncDispose]();
    await Promise.all(closed);
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow();
  });
});
