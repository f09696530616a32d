// A request of test support that the API server puts off: a server that has just started, or that is overloaded, answers 429 with Retry-After.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ApiClient, type WatchEvent } from '../../support/control-plane/api-client.ts';
import { makeCertificateAuthority } from '../../support/control-plane/certificates.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

const SECRETS = '/api/v1/namespaces/a/secrets';

let server: Server;
let client: ApiClient;
/** Answers before the one with 200. */
let throttled: Readonly<Record<string, string>>[];
let seen: string[];

beforeEach(async () => {
  [throttled, seen] = [[], []];
  const authority = makeCertificateAuthority('api');
  const { certPem, keyPem } = authority.issueServer({ commonName: 'api' }, ['127.0.0.1']);
  server = createServer({ cert: certPem, key: keyPem }, (incoming, outgoing) => void answer(incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new ApiClient({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, caPem: authority.certPem, token: 'token' });
});

afterEach(async () => {
  client[Symbol.dispose]();
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  seen.push(`${incoming.method} ${incoming.url} ${Buffer.concat(chunks).toString('utf8')}`.trim());
  const headers = throttled.shift();
  if (headers === undefined) outgoing.end(`${JSON.stringify({ type: 'ADDED', object: {} })}\n`);
  else outgoing.writeHead(429, headers).end('too many requests');
}

it('sends a request again, with its body, until the API server takes it', async () => {
  throttled = [{ 'retry-after': '0' }, { 'retry-after': '0' }];
  expect(await client.send({ method: 'POST', path: SECRETS, body: { a: 1 } })).toMatchObject({ status: 200 });
  expect(seen).toEqual(Array.from({ length: 3 }, () => `POST ${SECRETS} {"a":1}`));
});

it('starts a watch again that the API server puts off', async () => {
  throttled = [{ 'retry-after': '0' }];
  const events: WatchEvent[] = [];
  for await (const event of client.watch(`${SECRETS}?watch=1`, new AbortController().signal)) events.push(event);
  expect(events).toEqual([{ type: 'ADDED', object: {} }]);
});

it('gives 429 without Retry-After to the caller', async () => {
  throttled = [{}];
  expect(await client.send({ path: SECRETS })).toEqual({ status: 429, body: 'too many requests' });
});

it('does not try for ever', async () => {
  throttled = Array.from({ length: 100 }, () => ({ 'retry-after': '0' }));
  expect(await client.send({ path: SECRETS })).toMatchObject({ status: 429 });
  expect(seen).toHaveLength(21);
});

it('does not wait longer than its caller', async () => {
  throttled = [{ 'retry-after': '3600' }];
  const caller = new AbortController();
  const sent = client.send({ path: SECRETS, signal: caller.signal });
  await waitUntil('the request is there', () => seen.length > 0, { pollMs: 5 });
  caller.abort();
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
});
