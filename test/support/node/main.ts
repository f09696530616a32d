// A control plane with a real node for experiments, until Ctrl-C: `node test/support/node/main.ts`; with --bare without NODE_IMAGE.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startStandardControlPlane } from '../control-plane/shared.ts';
import { BUSYBOX_IMAGE } from './busybox-images.ts';
import { startNode } from './start.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { bare: { type: 'boolean', default: false } } });
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await using controlPlane = await startStandardControlPlane();
  const started = performance.now();
  await using node = await startNode({ controlPlane });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const images = values.bare ? [] : await node.importNodeImage();
  process.stdout.write(
    `node ${node.name} Ready in ${seconds} s, with ${[BUSYBOX_IMAGE, ...images].join(' and ')}; pods see this machine at ${node.hostAddress}\n` +
      `kubectl: ${controlPlane.coordinates.kubectlPath}\ntraces: ${JSON.stringify(node.traces)}\n\n` +
      `  export KUBECONFIG=${controlPlane.kubeconfigPath}\n\nCtrl-C stops it.\n`,
  );
  await stopped;
  process.stdout.write('stopping\n');
}

await main();
