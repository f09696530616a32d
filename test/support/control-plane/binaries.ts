// Finds the binaries of the test control plane: KUBEBUILDER_ASSETS, then the cache, then an envtest archive, then a build from Go modules.
import { accessSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheEntry, cachePath } from './cache-entry.ts';
import { cacheFolder } from './cache-folder.ts';
import { ENVTEST_BINARIES, fetchEnvtest } from './envtest-archive.ts';
import { buildControllerManager, buildControlPlane, buildHelm, buildNode } from './go-modules.ts';
import type { BuildContext } from './go-modules.ts';
import { currentPlatform } from './platform.ts';
import { sayOnStderr } from './progress.ts';
import type { Say } from './progress.ts';
import { runCommand } from './run-command.ts';
import { minorOf, pinnedVersions } from './versions.ts';

/** Absolute paths. kube-apiserver and kube-controller-manager are of the same minor version. */
export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
}

/** Absolute paths; of the version of the control plane that is built from Go modules. */
export interface NodeBinaries {
  readonly kubeScheduler: string;
  readonly kubelet: string;
}

export interface FindOptions {
  /** Default: this process's environment. Read: KUBEBUILDER_ASSETS, XDG_CACHE_HOME, KEYTENDER_ENVTEST_INDEX_URL, KEYTENDER_GO_DOWNLOADS_URL, PATH. */
  readonly env?: NodeJS.ProcessEnv;
  readonly say?: Say;
}

/** Finds or makes a complete set. Throws, saying what to install, when every way fails. */
export async function findControlPlaneBinaries({ env = process.env, say = sayOnStderr }: FindOptions = {}): Promise<ControlPlaneBinaries> {
  const context: BuildContext = { cache: cacheFolder(env), env, say };
  const assets = await fromAssets(context);
  if (assets !== undefined) return assets;
  const folder = await cacheEntry(context.cache, controlPlaneEntry(), say, (partial) => fillControlPlane(partial, context));
  return binariesIn(folder);
}

/** Finds or builds what a node needs beside a control plane. An entry of its own: most runs have no node and do not pay for it. */
export async function findNodeBinaries({ env = process.env, say = sayOnStderr }: FindOptions = {}): Promise<NodeBinaries> {
  const context: BuildContext = { cache: cacheFolder(env), env, say };
  const entry = `node_kubernetes-${pinnedVersions().kubernetes}_${platformName()}`;
  const folder = await cacheEntry(context.cache, entry, say, (partial) => buildNode(partial, context));
  return { kubeScheduler: join(folder, 'kube-scheduler'), kubelet: join(folder, 'kubelet') };
}

/** Finds or builds helm: the path of the binary. */
export async function findHelm({ env = process.env, say = sayOnStderr }: FindOptions = {}): Promise<string> {
  const context: BuildContext = { cache: cacheFolder(env), env, say };
  const entry = `helm-${pinnedVersions().helm}_${platformName()}`;
  return join(await cacheEntry(context.cache, entry, say, (partial) => buildHelm(partial, context)), 'helm');
}

/** The name of the cache's entry for a whole set. */
export function controlPlaneEntry(): string {
  const { kubernetes, etcd } = pinnedVersions();
  return `control-plane_kubernetes-${kubernetes}_etcd-${etcd}_${platformName()}`;
}

async function fillControlPlane(folder: string, context: BuildContext): Promise<void> {
  const minor = minorOf(pinnedVersions().kubernetes);
  const archive = await fetchEnvtest(folder, minor, context.env, context.say);
  if (archive.ok) {
    await buildControllerManager(folder, context);
    return;
  }
  context.say(`no envtest archive (${archive.problem}); building from Go modules instead`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await buildControlPlane(folder, context);
}

async function fromAssets({ cache, env, say }: BuildContext): Promise<ControlPlaneBinaries | undefined> {
  const folder = env['KUBEBUILDER_ASSETS'];
  if (folder === undefined || folder === '') return undefined;
  const missing = ENVTEST_BINARIES.filter((name) => !isExecutable(join(folder, name)));
  if (missing.length > 0) {
    say(`KUBEBUILDER_ASSETS (${folder}) lacks ${missing.join(', ')}; looking elsewhere`);
    return undefined;
  }
  const found = binariesIn(folder);
  const minor = await minorVersionOf(found.kubeApiserver);
  if (isExecutable(found.kubeControllerManager) && (await minorVersionOf(found.kubeControllerManager)) === minor) return found;
  if (minor !== minorOf(pinnedVersions().kubernetes)) {
    say(`KUBEBUILDER_ASSETS (${folder}) has kube-apiserver ${minor} and no kube-controller-manager of that version; looking elsewhere`);
    return undefined;
  }
  return { ...found, kubeControllerManager: await pinnedControllerManager({ cache, env, say }) };
}

async function pinnedControllerManager(context: BuildContext): Promise<string> {
  const whole = cachePath(context.cache, controlPlaneEntry());
  if (existsSync(whole)) return binariesIn(whole).kubeControllerManager;
  const entry = `kube-controller-manager-${pinnedVersions().kubernetes}_${platformName()}`;
  const folder = await cacheEntry(context.cache, entry, context.say, (partial) => buildControllerManager(partial, context));
  return binariesIn(folder).kubeControllerManager;
}

function binariesIn(folder: string): ControlPlaneBinaries {
  return {
    etcd: join(folder, 'etcd'),
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubeControllerManager: join(folder, 'kube-controller-manager'),
    kubectl: join(folder, 'kubectl'),
  };
}

function platformName(): string {
  const { os, arch } = currentPlatform();
  return `${os}-${arch}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// "Kubernetes v1.34.4" gives "1.34"; a binary that does not say so has no version.
async function minorVersionOf(path: string): Promise<string | undefined> {
  const { stdout } = await runCommand(path, ['--version']);
  const version = /v\d+\.\d+\.\S+/.exec(stdout)?.[0];
  return version === undefined ? undefined : minorOf(version);
}
