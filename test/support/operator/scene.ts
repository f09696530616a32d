// A scene for one cluster test file: a namespace, its own AWS, a proxy in front of the API server and the operator behind it. At the end,
// it searches all output of the operator for known values.
import type { AwsEmulator } from '../aws/emulator-surface.ts';
import { startAwsEmulator } from '../aws/emulator.ts';
import type { ApiProxy } from '../api-proxy/start.ts';
import { startApiProxy } from '../api-proxy/start.ts';
import { makeNamespace, type TestNamespace } from '../control-plane/namespace.ts';
import { acquireSharedControlPlane, type SharedControlPlane } from '../control-plane/shared.ts';
import { Canaries } from './canaries.ts';
import { Objects } from './objects.ts';
import { startOperator, type Operator } from './operator.ts';

export interface SceneOptions {
  /** Beside those that bind the operator to the namespace. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it watches ClusterSecretStores: one scene at a time can, because those belong to no namespace. Default false. */
  readonly clusterStores?: boolean;
  /** Default true. */
  readonly start?: boolean;
  /** Default: the one that all test files share. It is ended with the scene. */
  readonly controlPlane?: SharedControlPlane;
}

export class Scene implements AsyncDisposable {
  readonly controlPlane: SharedControlPlane;
  readonly namespace: string;
  readonly aws: AwsEmulator;
  readonly proxy: ApiProxy;
  readonly objects: Objects;
  readonly canaries = new Canaries();
  readonly operators: Operator[] = [];
  readonly #options: SceneOptions;
  readonly #namespace: TestNamespace;
  readonly #kubeconfigPath: string;

  constructor(parts: Parts, options: SceneOptions) {
    this.controlPlane = parts.controlPlane;
    this.namespace = parts.namespace.name;
    this.#namespace = parts.namespace;
    this.aws = parts.aws;
    this.proxy = parts.proxy;
    this.#kubeconfigPath = parts.kubeconfigPath;
    this.objects = new Objects(parts.controlPlane.api, parts.namespace.name);
    this.#options = options;
  }

  /** The operator that was started last. */
  get operator(): Operator {
    const last = this.operators.at(-1);
    if (last === undefined) throw new Error('no operator was started');
    return last;
  }

  /** Starts a (further) operator and waits until it is ready. */
  async startOperator(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Operator> {
    const operator = await this.launchOperator(flags, env);
    await operator.whenReady();
    return operator;
  }

  /** Starts a (further) operator and does not wait for it. */
  async launchOperator(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Operator> {
    const operator = await startOperator({
      kubeconfigPath: this.#kubeconfigPath,
      awsEndpoint: this.aws.endpoint,
      flags: [
        `--namespaces=${this.namespace}`,
        `--namespace=${this.namespace}`,
        ...(this.#options.clusterStores === true ? [] : ['--cluster-stores=false']),
        '--log-level=debug',
        '--restart-min-interval=0',
        ...(this.#options.flags ?? []),
        ...flags,
      ],
      env: { ...this.#options.env, ...env },
    });
    this.operators.push(operator);
    return operator;
  }

  /** A secret in AWS whose value (or the properties of its JSON value) are canaries. Returns the plain text value. */
  createSecret(name: string, properties?: readonly string[]): string {
    const value = this.canaryValue(properties);
    this.aws.secrets().create(name, value);
    return value;
  }

  /** Gives a secret a new value of the same kind and returns it. */
  rotate(name: string, properties?: readonly string[]): string {
    const value = this.canaryValue(properties);
    this.aws.secrets().put(name, value);
    return value;
  }

  canaryValue(properties?: readonly string[]): string {
    if (properties === undefined) return this.canaries.plant();
    return JSON.stringify(Object.fromEntries(properties.map((property) => [property, this.canaries.plant(property)])));
  }

  /** A store that signs with an access key of the default account, and the Secret that holds the key. */
  async createStore(name = 'aws', extra: object = {}): Promise<void> {
    const key = this.aws.addAccessKey({ account: this.aws.defaultAccount });
    await this.objects.create('secrets', {
      metadata: { name: `${name}-credentials` },
      stringData: { id: key.accessKeyId, secret: key.secretAccessKey },
    });
    await this.objects.create('secretstores', {
      metadata: { name },
      spec: {
        provider: { aws: { service: 'SecretsManager', region: this.aws.defaultRegion, auth: staticAuth(`${name}-credentials`), ...extra } },
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const leaks = await this.#leaks();
    for (const operator of this.operators) await operator[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.aws[Symbol.asyncDispose]();
    await this.#namespace[Symbol.asyncDispose]();
    await this.controlPlane[Symbol.asyncDispose]();
    if (leaks.length > 0) throw new Error(`secret values have leaked:\n${leaks.join('\n')}`);
  }

  async #leaks(): Promise<readonly string[]> {
    const texts: Record<string, string> = {};
    for (const [index, operator] of this.operators.entries()) {
      if (operator.running) texts[`the metrics of operator ${index}`] = await metricsOf(operator);
      await operator.end();
      texts[`the output of operator ${index}`] = operator.output();
    }
    for (const plural of ['externalsecrets', 'secretstores', 'events', 'configmaps']) {
      texts[plural] = JSON.stringify(await this.objects.list(plural));
    }
    const secrets = await this.objects.list('secrets');
    texts['the metadata of Secrets'] = JSON.stringify(secrets.map(({ metadata }) => metadata));
    return this.canaries.found(texts);
  }
}

async function metricsOf(operator: Operator): Promise<string> {
  try {
    return await operator.metrics();
  } catch {
    return ''; // frozen or on its way out
  }
}

export function staticAuth(secret: string): object {
  return { secretRef: { accessKeyIDSecretRef: { name: secret, key: 'id' }, secretAccessKeySecretRef: { name: secret, key: 'secret' } } };
}

interface Parts {
  readonly controlPlane: SharedControlPlane;
  readonly namespace: TestNamespace;
  readonly aws: AwsEmulator;
  readonly proxy: ApiProxy;
  readonly kubeconfigPath: string;
}

export async function openScene(prefix: string, options: SceneOptions = {}): Promise<Scene> {
  const controlPlane = options.controlPlane ?? (await acquireSharedControlPlane());
  const [namespace, aws, proxy] = await Promise.all([makeNamespace(controlPlane, prefix), startAwsEmulator(), startApiProxy(controlPlane)]);
  const kubeconfigPath = await proxy.kubeconfig({ token: controlPlane.adminToken });
  const scene = new Scene({ controlPlane, namespace, aws, proxy, kubeconfigPath }, options);
  if (options.start !== false) await scene.startOperator();
  return scene;
}
