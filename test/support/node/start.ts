// Starts a real node for a test control plane: containerd with runc, kubelet and kube-scheduler. requirements.ts lists the requirements.
import { join } from 'node:path';
import { ownCgroup } from '../cgroups.ts';
import { findNodeBinaries } from '../control-plane/binaries.ts';
import { writeKubeconfig } from '../control-plane/kubeconfig.ts';
import { sayOnStderr } from '../control-plane/progress.ts';
import type { Say } from '../control-plane/progress.ts';
import type { ControlPlane } from '../control-plane/start.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import { reapLeftovers } from '../processes/reap.ts';
import { startProcess } from '../processes/supervised-process.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';
import { writeBusyboxImages } from './busybox-images.ts';
import { configureContainerd, importImages, startContainerd } from './containerd.ts';
import { forwardToLoopback } from './forward.ts';
import type { InnerProcess } from './inner-process.ts';
import { configureKubelet, startKubelet } from './kubelet.ts';
import { makeNodeLayout } from './layout.ts';
import type { NodeLayout } from './layout.ts';
import { startNamespaces } from './namespaces.ts';
import type { NodeNamespaces } from './namespaces.ts';
import { makeNetwork, serveApi } from './network.ts';
import type { NodeNetwork } from './network.ts';
import { findNodePrograms } from './requirements.ts';
import { RunningNode } from './running-node.ts';

export interface NodeOptions {
  /** One's own: a node needs certificates of it. It has to outlive the node. */
  readonly controlPlane: ControlPlane;
  /** Default `node`. */
  readonly name?: string;
  readonly say?: Say;
}

/** Starts one and resolves when it is Ready (seconds). Throws with what is missing where none can run. */
export async function startNode({ controlPlane, name = 'node', say = sayOnStderr }: NodeOptions): Promise<RunningNode> {
  await reapLeftovers();
  const programs = await findNodePrograms({ say });
  if (!programs.ok) throw new Error(programs.failure);
  const binaries = await findNodeBinaries({ say });
  await using resources = new AsyncDisposableStack();
  const layout = makeNodeLayout(resources.use(makeOwnedFolder('node')).path);
  const cgroup = resources.use(ownCgroup('node')).path;
  const namespaces = resources.use(await startNamespaces(layout, cgroup, programs.value));
  const network = await connectNode(namespaces, controlPlane, resources);
  const containerd = await startRuntime({ namespaces, layout, network, busybox: programs.value.busybox });
  const kubeletOptions = { binary: binaries.kubelet, controlPlane, name, network, cgroup };
  configureKubelet(layout, kubeletOptions);
  const kubelet = await startKubelet(namespaces, layout, kubeletOptions);
  const scheduler = resources.use(startScheduler(binaries.kubeScheduler, layout, controlPlane));
  const parts = { layout, busybox: programs.value.busybox, cgroup, namespaces, network, kubeletOptions, scheduler, containerd, kubelet };
  const node = new RunningNode(parts, resources.move());
  try {
    await node.untilReady();
    return node;
  } catch (error) {
    await node[Symbol.asyncDispose]();
    throw error;
  }
}

/** The control plane stays on loopback: connections to its service address are passed on by this process. */
async function connectNode(namespaces: NodeNamespaces, controlPlane: ControlPlane, resources: AsyncDisposableStack): Promise<NodeNetwork> {
  const network = await makeNetwork(namespaces);
  const api = resources.use(await forwardToLoopback(network.hostAddress, Number(new URL(controlPlane.url).port)));
  await serveApi(namespaces, network, api.port);
  return network;
}

interface Runtime {
  readonly namespaces: NodeNamespaces;
  readonly layout: NodeLayout;
  readonly network: NodeNetwork;
  readonly busybox: string;
}

async function startRuntime({ namespaces, layout, network, busybox }: Runtime): Promise<InnerProcess> {
  configureContainerd(layout, network);
  const [containerd, archives] = await Promise.all([startContainerd(namespaces, layout), writeBusyboxImages(layout.folder, busybox)]);
  for (const archive of archives) await importImages(namespaces, layout, archive);
  return containerd;
}

function startScheduler(command: string, layout: NodeLayout, controlPlane: ControlPlane): SupervisedProcess {
  const kubeconfig = writeKubeconfig(join(layout.config, 'kube-scheduler.kubeconfig'), {
    server: controlPlane.url,
    caPem: controlPlane.caPem,
    user: controlPlane.issueClientCertificate({ commonName: 'system:kube-scheduler' }),
  });
  return startProcess({
    name: 'kube-scheduler',
    command,
    args: [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'],
    logPath: join(layout.logs, 'kube-scheduler.log'),
  });
}
