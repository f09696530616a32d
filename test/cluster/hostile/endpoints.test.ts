// Clients of the ports of the operator: metrics and probes.
import { once } from 'node:events';
import { connect } from 'node:net';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';

jest.setTimeout(300_000);

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CLIENTS = fileURLToPath(new URL('../../support/hostile/clients.ts', import.meta.url));

/** A hundred clients for ten seconds. */
async function besiege(urls: readonly string[]): Promise<void> {
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), ['--disable-warning=ExperimentalWarning', CLIENTS, '100', '10', ...urls]);
  await once(child, 'exit');
}

holdAgainst([
  {
    name: 'a hundred clients that scrape /metrics of a thousand ExternalSecrets without a pause',
    inCi: true,
    restart: false,
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      await many(1_000, (index) =>
        attacker.objects.externalSecret(`hostile-${index}`, { data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] }),
      );
      await besiege([attacker.operator.metricsUrl]);
    },
  },
  {
    name: 'a hundred clients that ask /livez and /readyz?verbose without a pause',
    restart: false,
    plant: ({ operator }) => besiege([`${operator.probeUrl}/livez`, `${operator.probeUrl}/readyz?verbose`]),
  },
  {
    name: 'two thousand connections that send half a request',
    restart: false,
    plant: async ({ operator }) => {
      const port = Number(new URL(operator.metricsUrl).port);
      const sockets = Array.from({ length: 2_000 }, () => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => socket.destroy());
        // The operator closes it before that, or keeps it.
        socket.setTimeout(15_000, () => socket.destroy());
        socket.write(`GET /metrics HTTP/1.1\r\nhost: x\r\nx-${'y'.repeat(8_000)}`);
        return socket;
      });
      await Promise.all(sockets.map((socket) => once(socket, 'close')));
    },
  },
]);
