// The environment of a user before the installation of Keytender: a cluster with a node, an AWS account, the operator's image for the node,
// kubectl and helm.
import { DEFAULT_ACCOUNT, startAwsEmulator } from '../aws/emulator.ts';
import type { AwsEmulator } from '../aws/emulator-surface.ts';
import type { Say } from '../control-plane/progress.ts';
import { runCommand } from '../control-plane/run-command.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/start.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import { helm, type ChartValues } from '../chart.ts';
import { SERVICE_ACCOUNT_ISSUER } from '../control-plane/command-lines.ts';
import type { OperatorImage } from '../image/operator-image.ts';
import { ROOT } from '../jest-run.ts';
import type { RunningNode } from '../node/running-node.ts';
import { startNode } from '../node/start.ts';
import { Canaries } from '../operator/canaries.ts';
import { Objects } from '../operator/objects.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import { writeConsumerImage } from './consumer-image.ts';
import { seconds } from './figures.ts';

interface Parts {
  readonly controlPlane: ControlPlane;
  readonly node: RunningNode;
  readonly aws: AwsEmulator;
  readonly awsEndpoint: string;
  readonly image: OperatorImage;
}

export class UserScene implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly node: RunningNode;
  readonly aws: AwsEmulator;
  /** AWS_ENDPOINT_URL for pods. */
  readonly awsEndpoint: string;
  readonly image: OperatorImage;
  /** Values that may be in Secrets only. */
  readonly canaries = new Canaries();
  readonly #resources: AsyncDisposableStack;

  constructor({ controlPlane, node, aws, awsEndpoint, image }: Parts, resources: AsyncDisposableStack) {
    this.controlPlane = controlPlane;
    this.node = node;
    this.aws = aws;
    this.awsEndpoint = awsEndpoint;
    this.image = image;
    this.#resources = resources;
  }

  /** Runs kubectl in the repository, as an administrator, and returns what it says. Throws when it fails. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.#kubectl(args);
  }

  /** `kubectl apply -f -` of objects in a namespace. */
  async apply(namespace: string, ...items: readonly object[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items };
    await this.#kubectl(['apply', '--namespace', namespace, '-f', '-'], JSON.stringify(list));
  }

  /** Runs helm in the repository with these values. Throws when it fails. */
  async helm(args: readonly string[], values?: ChartValues): Promise<string> {
    // Its own home: helm keeps what it discovered of a cluster by host and port.
    const env = { ...process.env, HOME: this.controlPlane.coordinates.folder, KUBECONFIG: this.controlPlane.kubeconfigPath };
    const flags = values === undefined ? [] : ['--values', '-'];
    const { code, stdout, stderr } = await helm([...args, ...flags], { env, cwd: ROOT, ...(values && { input: JSON.stringify(values) }) });
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** The objects of a namespace, past kubectl. */
  objects(namespace: string): Objects {
    return new Objects(this.controlPlane.api, namespace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #kubectl(args: readonly string[], input?: string): Promise<string> {
    const { kubectlPath, kubeconfigPath, folder } = this.controlPlane.coordinates;
    const own = ['--kubeconfig', kubeconfigPath, '--cache-dir', `${folder}/kubectl-cache`];
    const options = { cwd: ROOT, ...(input === undefined ? {} : { input }) };
    const { code, stdout, stderr } = await runCommand(kubectlPath, [...own, ...args], options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}

/** Starts it all, without Keytender. The AWS verifies signatures and tokens, enforces policies and trusts the cluster's ServiceAccounts, as EKS has it. */
export async function startUserScene(image: OperatorImage, say: Say): Promise<UserScene> {
  await using resources = new AsyncDisposableStack();
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    say(`${what}: ${seconds(performance.now() - started)}`);
    return result;
  };
  const aws = resources.use(await startAwsEmulator({ verifySignatures: true, enforceIam: true }));
  const admissionPlugins = ['OwnerReferencesPermissionEnforcement'];
  const controlPlane = resources.use(await timed('control plane', () => startControlPlane({ admissionPlugins })));
  aws.addOidcProvider({ issuer: SERVICE_ACCOUNT_ISSUER, keys: controlPlane.coordinates.serviceAccountPublicKeyPem });
  const node = resources.use(await timed('node', () => startNode({ controlPlane })));
  const { host, port } = await node.exposeToPods(aws.port);
  using folder = makeOwnedFolder('archives');
  await timed('images into containerd', async () => {
    await node.importImage(image.archive);
    await node.importImage(await writeConsumerImage(folder.path));
  });
  return new UserScene({ controlPlane, node, aws, awsEndpoint: `http://${host}:${port}`, image }, resources.move());
}

/** Makes a role with a policy of deploy/aws/iam-policies that a ServiceAccount may assume. Returns its ARN. */
export function addServiceAccountRole({ aws }: UserScene, name: string, subject: string, policy: string): string {
  const webIdentity = { issuer: SERVICE_ACCOUNT_ISSUER, subjects: [subject] };
  return aws.addRole({ account: DEFAULT_ACCOUNT, name, trust: { webIdentity }, policies: [policy] });
}

/** Waits for what `look` finds, with the patience that a busy machine needs. */
export function eventually<T>(what: string, look: () => Promise<T | undefined | null | false>, timeoutMs = 120_000): Promise<T> {
  return waitUntil(what, look, { timeoutMs, pollMs: 100 });
}
