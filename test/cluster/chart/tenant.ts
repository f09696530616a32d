// A namespace with all tasks of the operator: stores of every kind, Secrets to create, change, repair and recreate, and a workload of each
// kind to restart.
import type { ApiProxy } from '../../support/api-proxy/start.ts';
import type { AwsEmulator } from '../../support/aws/emulator-surface.ts';
import type { ClusterAccess } from '../../support/control-plane/cluster-access.ts';
import { makeNamespace } from '../../support/control-plane/namespace.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { Objects } from '../../support/operator/objects.ts';
import { staticAuth } from '../../support/operator/scene.ts';

const WORKLOADS = { deployments: 'Deployment', statefulsets: 'StatefulSet', daemonsets: 'DaemonSet' } as const;

export class Tenant {
  readonly namespace: string;
  readonly objects: Objects;
  readonly #access: ClusterAccess;
  readonly #aws: AwsEmulator;

  constructor(access: ClusterAccess, aws: AwsEmulator, namespace: string) {
    this.#access = access;
    this.#aws = aws;
    this.namespace = namespace;
    this.objects = new Objects(access.api, namespace);
  }

  /** A store with an access key, and the values that the resources below read. */
  async setUp(): Promise<void> {
    const key = this.#aws.addAccessKey({ account: this.#aws.defaultAccount });
    await this.objects.create('secrets', {
      metadata: { name: 'aws-credentials' },
      stringData: { id: key.accessKeyId, secret: key.secretAccessKey },
    });
    await this.objects.create('secretstores', { metadata: { name: 'aws' }, spec: this.#provider({ auth: staticAuth('aws-credentials') }) });
    for (const name of ['orders', 'frozen']) this.#aws.secrets().create(this.#key(name), 'first');
  }

  /**
   * Creates a Secret, changes it and has a workload of each kind restarted, which was there before and has no marker. The first patch of each
   * meets a conflict, so that it is read again. No pod becomes ready: the rollouts fail, and the pods are read.
   */
  async changeAndRestart(proxy: ApiProxy): Promise<void> {
    for (const [plural, kind] of Object.entries(WORKLOADS)) await this.objects.create(plural, workload(kind));
    await waitUntil('each workload has a pod', async () => (await this.objects.list('pods')).length >= 3);
    const targets = Object.values(WORKLOADS).map((kind) => ({ kind, name: nameOf(kind) }));
    await this.objects.externalSecret('orders', { data: this.#data('orders'), restart: { targets, timeout: '1s' } });
    await this.objects.untilReason('orders', 'SecretSynced');
    for (const resource of Object.keys(WORKLOADS)) {
      const fault = { kind: 'status', code: 409, reason: 'Conflict' } as const;
      proxy.inject({ verb: 'patch', resource, namespace: this.namespace, userAgent: /^keytender\//, times: 1, fault });
    }
    await this.rotate('orders');
    for (const plural of Object.keys(WORKLOADS)) {
      await waitUntil(`the restart of ${plural}`, async () => {
        const [object] = await this.objects.list(plural);
        return Object.keys(object?.spec?.template?.metadata?.annotations ?? {}).some((name) => name.startsWith('restart.keytender.dev/'));
      });
    }
    await waitUntil('a rollout has failed', async () => {
      const { status } = await this.objects.untilReason('orders', 'SecretSynced');
      return ((status?.['restartCounts'] as { readonly failed?: number } | undefined)?.failed ?? 0) > 0;
    });
  }

  /** Two equal changes by somebody else: the second Event about a repair counts up the first. */
  async repairTwice(): Promise<void> {
    for (const round of [1, 2]) {
      await this.objects.patch('secrets', 'orders', { stringData: { value: `changed by hand, ${round}` } });
      await this.objects.untilValues('orders', { value: 'second' });
    }
  }

  /** A Secret that cannot be changed in place is deleted and made again. */
  async recreate(): Promise<void> {
    await this.objects.externalSecret('frozen', { data: this.#data('frozen'), target: { immutable: true, recreate: true } });
    await this.objects.untilReason('frozen', 'SecretSynced');
    await this.rotate('frozen');
  }

  /** Asks for a Merge into a new Secret of somebody else, both of this name. */
  async mergeOnly(name: string): Promise<void> {
    await this.objects.create('secrets', { metadata: { name }, stringData: { own: 'of somebody else' } });
    await this.objects.externalSecret(name, { data: this.#data('orders'), target: { name, creationPolicy: 'Merge' } });
  }

  /** Merges into a Secret of somebody else, changes what was merged, and gives up a key. */
  async merge(): Promise<void> {
    await this.objects.create('secrets', { metadata: { name: 'shared-by-two' }, stringData: { own: 'of somebody else' } });
    const spec = { data: this.#data('orders'), target: { name: 'shared-by-two', creationPolicy: 'Merge' } };
    const value = (await this.objects.values('orders'))?.['value'] ?? '';
    await this.objects.externalSecret('merging', spec);
    await this.objects.untilValues('shared-by-two', { own: 'of somebody else', value });
    const renamed = [{ secretKey: 'renamed', remoteRef: { key: this.#key('orders') } }];
    await this.objects.patch('externalsecrets', 'merging', { spec: { data: renamed } });
    await this.objects.untilValues('shared-by-two', { own: 'of somebody else', renamed: value });
  }

  /** A Secret that outlives its ExternalSecret, and one that is owned again after it was only written. */
  async changeOwnership(): Promise<void> {
    const spec = { data: this.#data('orders'), target: { name: 'kept', creationPolicy: 'Orphan' } };
    await this.objects.externalSecret('kept', spec);
    await this.objects.untilReason('kept', 'SecretSynced');
    await this.objects.patch('externalsecrets', 'kept', { spec: { target: { creationPolicy: 'Owner' } } });
    await waitUntil('the Secret has an owner', async () => {
      const secret = await this.objects.get('secrets', 'kept');
      return (secret?.metadata.ownerReferences ?? []).length === 1;
    });
    await this.objects.delete('secrets', 'kept');
    await waitUntil('the Secret is there again', async () => (await this.objects.get('secrets', 'kept')) !== undefined);
    await this.objects.patch('secrets', 'kept', { metadata: { labels: { 'keytender.dev/managed': null } } });
    await waitUntil('the label is there again', async () => {
      const secret = await this.objects.get('secrets', 'kept');
      return secret?.metadata.labels?.['keytender.dev/managed'] === 'true';
    });
  }

  /** A store that exchanges the token of a ServiceAccount, and a resource that uses it. */
  async useServiceAccount(name = 'irsa'): Promise<void> {
    const issuer = this.#access.coordinates.serviceAccountIssuer;
    this.#aws.addOidcProvider({ issuer, keys: this.#access.coordinates.serviceAccountPublicKeyPem });
    const role = this.#aws.addRole({ account: this.#aws.defaultAccount, name, trust: { webIdentity: { issuer } } });
    await this.objects.create('serviceaccounts', { metadata: { name, annotations: { 'eks.amazonaws.com/role-arn': role } } });
    await this.objects.create('secretstores', {
      metadata: { name },
      spec: this.#provider({ auth: { jwt: { serviceAccountRef: { name } } } }),
    });
    await this.objects.externalSecret(name, { secretStoreRef: { name }, data: this.#data('orders') });
  }

  /** A ClusterSecretStore that admits this namespace by a label, and a resource that uses it. */
  async useClusterStore(): Promise<void> {
    const credentials = { name: 'aws-credentials', namespace: this.namespace };
    const secretRef = {
      accessKeyIDSecretRef: { ...credentials, key: 'id' },
      secretAccessKeySecretRef: { ...credentials, key: 'secret' },
    };
    const matchLabels = { 'kubernetes.io/metadata.name': this.namespace };
    const { status, body } = await this.#access.api.send({
      method: 'POST',
      path: '/apis/keytender.dev/v1/clustersecretstores',
      body: {
        apiVersion: 'keytender.dev/v1',
        kind: 'ClusterSecretStore',
        metadata: { name: this.namespace },
        spec: { ...this.#provider({ auth: { secretRef } }), conditions: [{ namespaceSelector: { matchLabels } }] },
      },
    });
    if (status !== 201) throw new Error(`ClusterSecretStore: HTTP ${status} ${JSON.stringify(body)}`);
    const secretStoreRef = { kind: 'ClusterSecretStore', name: this.namespace };
    await this.objects.externalSecret('shared', { secretStoreRef, data: this.#data('orders') });
    await this.objects.untilReason('shared', 'SecretSynced');
  }

  /** It belongs to no namespace, and an operator that may not read these credentials would see it too. */
  async removeClusterStore(): Promise<void> {
    await this.#access.api.send({ method: 'DELETE', path: `/apis/keytender.dev/v1/clustersecretstores/${this.namespace}` });
  }

  /** Gives a secret its second value and waits until it is in the Secret. */
  async rotate(name: 'orders' | 'frozen'): Promise<void> {
    this.#aws.secrets().put(this.#key(name), 'second');
    await this.objects.patch('externalsecrets', name, { metadata: { annotations: { 'keytender.dev/force-sync': 'second' } } });
    await this.objects.untilValues(name, { value: 'second' });
  }

  #key(name: string): string {
    return `${this.namespace}/${name}`;
  }

  #data(name: string): readonly object[] {
    return [{ secretKey: 'value', remoteRef: { key: this.#key(name) } }];
  }

  #provider(parts: object): object {
    return { provider: { aws: { service: 'SecretsManager', region: this.#aws.defaultRegion, ...parts } } };
  }
}

export async function makeTenant(access: ClusterAccess, aws: AwsEmulator, prefix: string): Promise<Tenant> {
  const { name } = await makeNamespace(access, prefix);
  const tenant = new Tenant(access, aws, name);
  await tenant.setUp();
  return tenant;
}

function nameOf(kind: string): string {
  return `${kind.toLowerCase()}-consumer`;
}

function workload(kind: string): object {
  const labels = { app: nameOf(kind) };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.invalid/none' }] } };
  const spec = { selector: { matchLabels: labels }, template };
  return { metadata: { name: nameOf(kind) }, spec: kind === 'StatefulSet' ? { ...spec, serviceName: nameOf(kind) } : spec };
}
