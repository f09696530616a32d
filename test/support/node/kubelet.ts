// kubelet of one node: its configuration and its start.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeKubeconfig } from '../control-plane/kubeconfig.ts';
import type { ControlPlane } from '../control-plane/start.ts';
import { containerdSocket } from './containerd.ts';
import type { InnerProcess } from './inner-process.ts';
import type { NodeLayout } from './layout.ts';
import type { NodeNamespaces } from './namespaces.ts';
import { API_SERVICE } from './network.ts';
import type { NodeNetwork } from './network.ts';

export interface KubeletOptions {
  readonly binary: string;
  readonly controlPlane: ControlPlane;
  readonly name: string;
  readonly network: NodeNetwork;
  /** The parent of all pods' cgroups; it has to be there. */
  readonly cgroup: string;
}

/** Writes the configuration and the credentials of the node. */
export function configureKubelet(layout: NodeLayout, { controlPlane, name, cgroup }: KubeletOptions): void {
  const caPath = join(layout.config, 'ca.crt');
  // Without it pods would ask the name servers of this machine, which they cannot reach.
  const resolvConf = join(layout.config, 'resolv.conf');
  writeFileSync(caPath, controlPlane.caPem);
  writeFileSync(resolvConf, '');
  writeFileSync(join(layout.config, 'kubelet.json'), JSON.stringify(configuration(layout, { caPath, resolvConf, cgroup })));
  writeKubeconfig(join(layout.config, 'kubelet.kubeconfig'), {
    server: `https://${API_SERVICE.address}:${API_SERVICE.port}`,
    caPem: controlPlane.caPem,
    user: controlPlane.issueClientCertificate({ commonName: `system:node:${name}`, organization: 'system:nodes' }),
  });
}

export function startKubelet(namespaces: NodeNamespaces, layout: NodeLayout, options: KubeletOptions): Promise<InnerProcess> {
  return namespaces.start('kubelet', options.binary, [
    `--config=${join(layout.config, 'kubelet.json')}`,
    `--kubeconfig=${join(layout.config, 'kubelet.kubeconfig')}`,
    `--hostname-override=${options.name}`,
    `--node-ip=${options.network.nodeAddress}`,
    `--root-dir=${join(layout.state, 'kubelet')}`,
    `--cert-dir=${join(layout.state, 'kubelet', 'pki')}`,
  ]);
}

interface Paths {
  readonly caPath: string;
  readonly resolvConf: string;
  readonly cgroup: string;
}

function configuration(layout: NodeLayout, { caPath, resolvConf, cgroup }: Paths): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false, // since 1.34 a machine with version 1 has to be wanted
    failSwapOn: false,
    cgroupDriver: 'cgroupfs', // there need be no systemd
    cgroupRoot: cgroup,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: ['pods'],
    containerRuntimeEndpoint: `unix://${containerdSocket(layout)}`,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: caPath } },
    authorization: { mode: 'Webhook' },
    clusterDomain: 'cluster.local',
    resolvConf,
    podLogsDir: join(layout.state, 'pod-logs'),
    volumePluginDir: join(layout.state, 'volume-plugins'),
    // A mounted Secret follows within seconds; with the defaults it takes up to a minute.
    syncFrequency: '1s',
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    nodeStatusUpdateFrequency: '5s',
    maxPods: 200,
    // Images come from no registry, so one that is thrown away does not come back.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi' },
  };
}
