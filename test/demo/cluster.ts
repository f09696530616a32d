// The Kubernetes side of the demo: a control plane, kubectl as a user runs it, and the objects that steps wait for.
import { fileURLToPath } from 'node:url';
import { runCommand } from '../support/control-plane/run-command.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane/start.ts';
import { waitUntil } from '../support/control-plane/wait-until.ts';
import { Objects, readyOf, type AnyObject } from '../support/operator/objects.ts';
import { markersOf } from '../support/operator/workloads.ts';
import { type PodReadier, startPodReadier } from '../support/pod-readier/start.ts';
import { answer, command } from './terminal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const NAMESPACE = 'orders';
export const DEPLOYMENT = 'orders';

export class Cluster {
  readonly controlPlane: ControlPlane;
  readonly objects: Objects;
  /** In place of kubelet. */
  readonly podReadier: PodReadier;
  readonly #signal: AbortSignal;

  constructor(controlPlane: ControlPlane, podReadier: PodReadier, signal: AbortSignal) {
    this.controlPlane = controlPlane;
    this.podReadier = podReadier;
    this.objects = new Objects(controlPlane.api, NAMESPACE);
    this.#signal = signal;
  }

  /** Prints and runs kubectl in the repository, and prints the answer (or the part that `show` leaves of it). Throws when it fails. */
  async kubectl(args: readonly string[], show: (output: string) => string = (output) => output): Promise<void> {
    command(`kubectl ${args.map(quoted).join(' ')}`);
    const { kubectlPath, kubeconfigPath, folder } = this.controlPlane.coordinates;
    const own = ['--kubeconfig', kubeconfigPath, '--cache-dir', `${folder}/kubectl-cache`];
    const { code, stdout, stderr } = await runCommand(kubectlPath, [...own, ...args], { cwd: ROOT, signal: this.#signal });
    answer(show(stdout));
    if (code !== 0) throw new Error(`kubectl ended with ${code}: ${stderr.trim()}`);
  }

  /** The first value that `look` gives; rejects with `what` after 30 seconds. */
  async until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    return waitUntil(what, async () => {
      this.#signal.throwIfAborted();
      return look();
    });
  }

  async untilAllReady(): Promise<readonly AnyObject[]> {
    return this.until('all ExternalSecrets are ready', async () => {
      const all = await this.objects.list('externalsecrets');
      return all.length > 0 && all.every((one) => readyOf(one)?.status === 'True') ? all : false;
    });
  }

  async mustGet(plural: string, name: string): Promise<AnyObject> {
    const object = await this.objects.get(plural, name);
    if (object === undefined) throw new Error(`${plural} ${name} is not there`);
    return object;
  }

  async values(secret: string): Promise<Readonly<Record<string, string>>> {
    return (await this.objects.values(secret)) ?? {};
  }

  /** The uids of the Deployment's pods that are not on their way out. */
  async pods(): Promise<readonly string[]> {
    const pods = await this.objects.list('pods');
    return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.uid);
  }

  /** The content id in the restart marker of the pod template, without the number of the change. */
  async marker(): Promise<string | undefined> {
    const deployment = await this.mustGet('deployments', DEPLOYMENT);
    return markersOf(deployment)['database'];
  }

  /** What changes with every write: the versions of all ExternalSecrets and Secrets. */
  async versions(): Promise<string> {
    const objects = [...(await this.objects.list('externalsecrets')), ...(await this.objects.list('secrets'))];
    return objects.map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`).join(' ');
  }
}

/** A control plane without our CRDs, with what stands in for scheduler and kubelet. */
export async function startCluster(stack: AsyncDisposableStack, signal: AbortSignal): Promise<Cluster> {
  const controlPlane = stack.use(await startControlPlane({ admissionPlugins: ['OwnerReferencesPermissionEnforcement'] }));
  const podReadier = stack.use(await startPodReadier(controlPlane));
  return new Cluster(controlPlane, podReadier, signal);
}

/** Brings `dist/` up to date. */
export async function build(signal: AbortSignal): Promise<void> {
  const { code, stdout } = await runCommand(`${ROOT}/node_modules/.bin/tsc`, ['-p', 'tsconfig.json'], { cwd: ROOT, signal });
  if (code !== 0) throw new Error(`tsc ended with ${code}:\n${stdout.trim()}`);
}

export const BUILT_OPERATOR = `${ROOT}/dist/main.js`;

function quoted(argument: string): string {
  return /^[\w./=,:@-]+$/.test(argument) ? argument : `'${argument}'`;
}
