// The objects of a test's namespace, read and written as the admin without the proxy.
import type { ApiClient } from '../control-plane/api-client.ts';
import { waitUntil } from '../control-plane/wait-until.ts';

// What the API server answers is looked at by tests in ever new ways.
export interface AnyObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string; readonly controller?: boolean }[];
    readonly deletionTimestamp?: string;
  };
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

const GROUPS: Readonly<Record<string, string>> = {
  secrets: '/api/v1',
  configmaps: '/api/v1',
  pods: '/api/v1',
  serviceaccounts: '/api/v1',
  resourcequotas: '/api/v1',
  events: '/apis/events.k8s.io/v1',
  deployments: '/apis/apps/v1',
  statefulsets: '/apis/apps/v1',
  daemonsets: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
  jobs: '/apis/batch/v1',
  cronjobs: '/apis/batch/v1',
  rollouts: '/apis/argoproj.io/v1alpha1',
  leases: '/apis/coordination.k8s.io/v1',
  externalsecrets: '/apis/keytender.dev/v1',
  secretstores: '/apis/keytender.dev/v1',
};

const KINDS: Readonly<Record<string, readonly [apiVersion: string, kind: string]>> = {
  secrets: ['v1', 'Secret'],
  configmaps: ['v1', 'ConfigMap'],
  leases: ['coordination.k8s.io/v1', 'Lease'],
  serviceaccounts: ['v1', 'ServiceAccount'],
  resourcequotas: ['v1', 'ResourceQuota'],
  deployments: ['apps/v1', 'Deployment'],
  statefulsets: ['apps/v1', 'StatefulSet'],
  daemonsets: ['apps/v1', 'DaemonSet'],
  jobs: ['batch/v1', 'Job'],
  cronjobs: ['batch/v1', 'CronJob'],
  rollouts: ['argoproj.io/v1alpha1', 'Rollout'],
  externalsecrets: ['keytender.dev/v1', 'ExternalSecret'],
  secretstores: ['keytender.dev/v1', 'SecretStore'],
};

export class Objects {
  readonly #api: ApiClient;
  readonly namespace: string;

  constructor(api: ApiClient, namespace: string) {
    this.#api = api;
    this.namespace = namespace;
  }

  async get(plural: string, name: string): Promise<AnyObject | undefined> {
    const { status, body } = await this.#api.send({ path: this.#path(plural, name) });
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`get ${plural} ${name}: HTTP ${status}`);
    return body as AnyObject;
  }

  async list(plural: string): Promise<readonly AnyObject[]> {
    const { status, body } = await this.#api.send({ path: this.#path(plural) });
    if (status !== 200) throw new Error(`list ${plural}: HTTP ${status}`);
    return (body as { readonly items: readonly AnyObject[] }).items;
  }

  async create(plural: string, object: object): Promise<AnyObject> {
    const [apiVersion, kind] = KINDS[plural] ?? [];
    const { status, body } = await this.#api.send({ method: 'POST', path: this.#path(plural), body: { apiVersion, kind, ...object } });
    if (status !== 201) throw new Error(`create ${plural}: HTTP ${status} ${JSON.stringify(body)}`);
    return body as AnyObject;
  }

  async patch(plural: string, name: string, body: object): Promise<AnyObject> {
    const answer = await this.#api.send({
      method: 'PATCH',
      path: this.#path(plural, name),
      body,
      contentType: 'application/merge-patch+json',
    });
    if (answer.status !== 200) throw new Error(`patch ${plural} ${name}: HTTP ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as AnyObject;
  }

  /** Lists with keys, such as containers, are merged. */
  async strategicPatch(plural: string, name: string, body: object): Promise<void> {
    const path = this.#path(plural, name);
    const { status } = await this.#api.send({ method: 'PATCH', path, body, contentType: 'application/strategic-merge-patch+json' });
    if (status !== 200) throw new Error(`patch ${plural} ${name}: HTTP ${status}`);
  }

  async delete(plural: string, name: string): Promise<void> {
    const { status } = await this.#api.send({ method: 'DELETE', path: this.#path(plural, name) });
    if (status !== 200 && status !== 202 && status !== 404) throw new Error(`delete ${plural} ${name}: HTTP ${status}`);
  }

  /** An ExternalSecret on the store `aws`, with this specification beside it. */
  async externalSecret(name: string, spec: object): Promise<AnyObject> {
    return this.create('externalsecrets', { metadata: { name }, spec: { secretStoreRef: { name: 'aws' }, ...spec } });
  }

  /** The ExternalSecret once its Ready condition speaks of the current generation and has this reason. */
  async untilReason(name: string, reason: string, timeoutMs = 30_000): Promise<AnyObject> {
    let last = '';
    const look = async (): Promise<AnyObject | undefined> => {
      const object = await this.get('externalsecrets', name);
      const ready = readyOf(object);
      last = JSON.stringify(ready);
      return ready?.reason === reason && ready.observedGeneration === object?.metadata.generation ? object : undefined;
    };
    try {
      return await waitUntil(`${name} has the reason ${reason}`, look, { timeoutMs });
    } catch (error) {
      throw new Error(`${name} is not ${reason} but ${last}`, { cause: error });
    }
  }

  /** The plain text of a Secret's keys. */
  async values(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const secret = await this.get('secrets', name);
    if (secret === undefined) return undefined;
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, encoded]) => [key, Buffer.from(encoded, 'base64').toString('utf8')]),
    );
  }

  async untilValues(name: string, wanted: Readonly<Record<string, string>>, timeoutMs = 30_000): Promise<void> {
    const look = async (): Promise<boolean> => {
      const values = await this.values(name);
      return values !== undefined && JSON.stringify(sorted(values)) === JSON.stringify(sorted(wanted));
    };
    await waitUntil(`Secret ${name} holds ${Object.keys(wanted).join(', ')} as wanted`, look, { timeoutMs });
  }

  #path(plural: string, name?: string): string {
    const group = GROUPS[plural];
    if (group === undefined) throw new TypeError(`unknown resource ${plural}`);
    return `${group}/namespaces/${this.namespace}/${plural}${name === undefined ? '' : `/${name}`}`;
  }
}

export function readyOf(object: AnyObject | undefined): Condition | undefined {
  return object?.status?.conditions?.find(({ type }) => type === 'Ready');
}

function sorted(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
