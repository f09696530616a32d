// containerd of one node: its configuration, its start, its images.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../control-plane/run-command.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { InnerProcess } from './inner-process.ts';
import type { NodeLayout } from './layout.ts';
import type { NodeNamespaces } from './namespaces.ts';
import { cniConfig } from './network.ts';
import type { NodeNetwork } from './network.ts';
import { PAUSE_IMAGE } from './busybox-images.ts';

/** Where Debian puts the CNI plugins. */
const CNI_PLUGINS = '/usr/lib/cni';
const UNUSED_PLUGINS = [
  'io.containerd.internal.v1.opt',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
];

export function containerdSocket(layout: NodeLayout): string {
  return join(layout.state, 'containerd.sock');
}

/** Writes the configuration of containerd and of the pods' network. */
export function configureContainerd(layout: NodeLayout, network: NodeNetwork): void {
  const cni = join(layout.config, 'cni');
  mkdirSync(cni);
  writeFileSync(join(cni, '10-pods.conflist'), JSON.stringify(cniConfig(network, join(layout.state, 'cni'))));
  writeFileSync(join(layout.config, 'containerd.toml'), config(layout, cni));
}

/** Starts it and resolves when it answers. */
export async function startContainerd(namespaces: NodeNamespaces, layout: NodeLayout): Promise<InnerProcess> {
  const containerd = await namespaces.start('containerd', 'containerd', ['--config', join(layout.config, 'containerd.toml')]);
  const answers = async (): Promise<boolean> => {
    if (!containerd.running) throw new Error(`containerd ended while it was awaited:\n${containerd.logTail()}`);
    return (await runCommand('nsenter', namespaces.enter('ctr', ctrArgs(layout, 'version')))).code === 0;
  };
  await waitUntil('an answer of containerd', answers, { pollMs: 25 });
  return containerd;
}

/** Imports an archive (of docker save, or an OCI layout in a tar) and returns the names of its images as kubelet knows them. */
export async function importImages(namespaces: NodeNamespaces, layout: NodeLayout, archivePath: string): Promise<readonly string[]> {
  const said = await namespaces.run('ctr', ctrArgs(layout, 'images', 'import', archivePath));
  return [...said.matchAll(/^unpacking (\S+) /gm)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** kubelet's images and containers are in this namespace of containerd. */
function ctrArgs(layout: NodeLayout, ...args: readonly string[]): readonly string[] {
  return ['--address', containerdSocket(layout), '--namespace', 'k8s.io', ...args];
}

function config(layout: NodeLayout, cni: string): string {
  const quoted = (value: string): string => JSON.stringify(value);
  return `version = 2
root = ${quoted(join(layout.state, 'containerd'))}
state = "/run/containerd"
disabled_plugins = [${UNUSED_PLUGINS.map(quoted).join(', ')}]
[grpc]
  address = ${quoted(containerdSocket(layout))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quoted(PAUSE_IMAGE)}
  # A machine may be without CAP_SYS_RESOURCE, which a lower score than one's own takes.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${quoted(CNI_PLUGINS)}
    conf_dir = ${quoted(cni)}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}
