// `npm run control-plane`: a control plane for experiments, until Ctrl-C.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startPodReadier } from '../pod-readier/start.ts';
import { findControlPlaneBinaries } from './binaries.ts';
import { runCommand } from './run-command.ts';
import { startStandardControlPlane } from './shared.ts';

const USAGE = `Usage: npm run control-plane [-- --no-ready-pods]

Starts etcd, kube-apiserver and kube-controller-manager on this machine with the CRDs of crds/, and stops them on Ctrl-C.
No scheduler and no kubelet run: pods are marked Running and Ready, unless --no-ready-pods is given.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'no-ready-pods': { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  // From the start, so that Ctrl-C during the start is heard too.
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const binaries = await findControlPlaneBinaries();
  const started = performance.now();
  await using controlPlane = await startStandardControlPlane();
  await using _readier = values['no-ready-pods'] ? undefined : await startPodReadier(controlPlane);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const etcd = /etcd Version: (\S+)/.exec((await runCommand(binaries.etcd, ['--version'])).stdout)?.[1] ?? 'of unknown version';
  const { gitVersion } = (await controlPlane.api.send({ path: '/version' })).body as { readonly gitVersion: string };
  process.stdout.write(
    `Kubernetes ${gitVersion} with etcd ${etcd}, ready in ${seconds} s at ${controlPlane.url}\n` +
      `kubectl: ${binaries.kubectl}\naudit log: ${controlPlane.auditLogPath}\n\n` +
      `  export KUBECONFIG=${controlPlane.kubeconfigPath}\n\nCtrl-C stops it.\n`,
  );
  await stopped;
  process.stdout.write('stopping\n');
}

await main();
