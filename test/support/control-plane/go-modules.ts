// Builds the binaries from the pinned Go modules in this folder, for machines without another source.
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../processes/supervised-process.ts';
import { findGo } from './go-toolchain.ts';
import { withProgress } from './progress.ts';
import type { Say } from './progress.ts';
import { minorOf, moduleFolder, pinnedVersions } from './versions.ts';

export interface BuildContext {
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: Say;
}

interface Build {
  readonly module: 'kubernetes' | 'etcd' | 'helm';
  readonly what: string;
  readonly expected: string;
  readonly output: string;
  readonly args: readonly string[];
  readonly linkerFlags?: readonly string[];
}

const KUBERNETES_BINARY = 'kubernetes';

/** Builds etcd, kube-apiserver, kube-controller-manager and kubectl into `folder`. Throws with the compiler's output when that fails. */
export async function buildControlPlane(folder: string, context: BuildContext): Promise<void> {
  const { kubernetes, etcd } = pinnedVersions();
  await build({ module: 'etcd', what: `etcd ${etcd}`, expected: 'about 1 minute', output: join(folder, 'etcd'), args: ['.'] }, context);
  await build(
    {
      module: 'kubernetes',
      what: `kube-apiserver, kube-controller-manager and kubectl ${kubernetes}`,
      expected: 'about 15 minutes the first time',
      output: join(folder, KUBERNETES_BINARY),
      args: ['.'],
      linkerFlags: kubernetesVersionFlags(kubernetes),
    },
    context,
  );
  for (const name of ['kube-apiserver', 'kube-controller-manager', 'kubectl']) symlinkSync(KUBERNETES_BINARY, join(folder, name));
}

/** Builds only kube-controller-manager into `folder`: what an envtest archive lacks. */
export async function buildControllerManager(folder: string, context: BuildContext): Promise<void> {
  const { kubernetes } = pinnedVersions();
  await build(
    {
      module: 'kubernetes',
      what: `kube-controller-manager ${kubernetes}`,
      expected: 'about 10 minutes the first time',
      output: join(folder, 'kube-controller-manager'),
      args: ['-tags', 'controllermanager', '.'],
      linkerFlags: kubernetesVersionFlags(kubernetes),
    },
    context,
  );
}

/** Builds kube-scheduler and kubelet into `folder`. */
export async function buildNode(folder: string, context: BuildContext): Promise<void> {
  const { kubernetes } = pinnedVersions();
  await build(
    {
      module: 'kubernetes',
      what: `kube-scheduler and kubelet ${kubernetes}`,
      expected: 'about 10 minutes the first time',
      output: join(folder, 'node'),
      args: ['-tags', 'node', '.'],
      linkerFlags: kubernetesVersionFlags(kubernetes),
    },
    context,
  );
  for (const name of ['kube-scheduler', 'kubelet']) symlinkSync('node', join(folder, name));
}

/** Builds helm into `folder`. */
export async function buildHelm(folder: string, context: BuildContext): Promise<void> {
  const { helm } = pinnedVersions();
  await build(
    {
      module: 'helm',
      what: `helm ${helm}`,
      expected: 'about 2 minutes the first time',
      output: join(folder, 'helm'),
      args: ['helm.sh/helm/v3/cmd/helm'],
      linkerFlags: [`-X helm.sh/helm/v3/internal/version.version=${helm}`],
    },
    context,
  );
}

// Without these a binary calls itself v0.0.0, and helm refuses charts by their kubeVersion.
function kubernetesVersionFlags(version: string): readonly string[] {
  const [major, minor] = minorOf(version).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}

async function build({ module, what, expected, output, args, linkerFlags = [] }: Build, { cache, env, say }: BuildContext): Promise<void> {
  const go = await findGo(cache, env, say);
  await withProgress(say, `building ${what} from Go modules`, expected, async () => {
    await using compiler = startProcess({
      name: `go build ${module}`,
      command: go,
      // VCS stamping fails in a checkout that belongs to another user, and says nothing about these binaries.
      args: [
        'build',
        '-mod=readonly',
        '-buildvcs=false',
        '-trimpath',
        '-ldflags',
        ['-s -w', ...linkerFlags].join(' '),
        '-o',
        output,
        ...args,
      ],
      cwd: moduleFolder(module),
      env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
      logPath: `${output}.build.log`,
    });
    const { code, signal } = await compiler.exited;
    if (code !== 0) throw new Error(`go build of ${what} ended with ${code ?? signal}:\n${compiler.logTail(20)}`);
    rmSync(compiler.logPath);
  });
}
