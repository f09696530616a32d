// Forwards TCP connections: makes services on this machine's loopback available to pods only.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Forward extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Listens on any port of `host` and connects each client to a port of 127.0.0.1. A client whose connection cannot be made is hung up on. */
export async function forwardToLoopback(host: string, targetPort: number): Promise<Forward> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    join(client, upstream, open);
    join(upstream, client, open);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    host,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Half of a connection. Its end goes on to the other half; so does a break, as a break. */
function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from);
  from.setNoDelay(true);
  from.pipe(to);
  from.on('error', () => to.resetAndDestroy());
  from.on('close', () => {
    open.delete(from);
    to.destroySoon();
  });
}
