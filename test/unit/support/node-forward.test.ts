import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { forwardToLoopback } from '../../support/node/forward.ts';

async function serve(answer: (socket: Socket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer({ allowHalfOpen: true }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a forward to loopback', () => {
  it('passes both directions on, and the end of one while the other goes on', async () => {
    await using echo = await serve((socket) => void text(socket).then((question) => socket.end(`answer to ${question}`)));
    await using forward = await forwardToLoopback('127.0.0.1', echo.port);
    const client = connect({ port: forward.port, host: forward.host, allowHalfOpen: true });
    client.end('a question');
    expect(await text(client)).toBe('answer to a question');
  });

  it('hangs up on a client when nobody listens', async () => {
    const { port } = await (async () => {
      await using gone = await serve(() => undefined);
      return { port: gone.port };
    })();
    await using forward = await forwardToLoopback('127.0.0.1', port);
    const client = connect(forward.port, forward.host);
    await expect(text(client)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('breaks open connections when it ends', async () => {
    const accepted = Promise.withResolvers<Socket>();
    await using silent = await serve((socket) => accepted.resolve(socket));
    const forward = await forwardToLoopback('127.0.0.1', silent.port);
    const client = connect(forward.port, forward.host);
    const upstream = await accepted.promise;
    await forward[Symbol.asyncDispose]();
    client.resume();
    upstream.resume();
    await Promise.all([once(client, 'close'), once(upstream, 'end')]);
    upstream.destroy();
    await expect(once(connect(forward.port, forward.host), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
