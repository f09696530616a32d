// The base of comparison in the same run: a loop that reads the secret of every resource separately at each interval, and writes every
// status after each read, like operators without a shared engine. It is not one of them and does nothing else: no caches, no templates, no
// events, one AWS session and kept connections.
import { setTimeout as sleep } from 'node:timers/promises';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretsManagerClient } from '../../test/support/aws/sdk-clients.ts';
import { ApiClient, type ApiRequest } from '../../test/support/control-plane/api-client.ts';
import { inParallel } from '../sync/in-parallel.ts';
import { externalSecretsPath } from '../sync/world.ts';

export interface NaiveSettings {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  readonly namespace: string;
  readonly awsEndpoint: string;
  readonly intervalSeconds: number;
}

/** Holds the settings as JSON. */
export const SETTINGS_VARIABLE = 'BENCH_NAIVE_SETTINGS';
/** What is printed when every resource has been synced once. */
export const FIRST_PASS = 'first pass done';
/** As many as the operator has. */
const WORKERS = 64;

interface Resource {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly dataFrom: readonly [{ readonly extract: { readonly key: string } }] };
}

/** Until the process is ended. */
export async function runNaiveLoop(): Promise<void> {
  const settings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? '') as NaiveSettings;
  const loop = new NaiveLoop(settings);
  const resources = await loop.resources();
  await inParallel(resources, WORKERS, (resource) => loop.sync(resource));
  process.stdout.write(`${FIRST_PASS}\n`);
  for (;;) {
    const due = performance.now() + settings.intervalSeconds * 1_000;
    // Spread over the interval, as the work of an operator that has run for a while is.
    const step = (settings.intervalSeconds * 1_000) / Math.max(resources.length, 1);
    const begun = performance.now();
    await inParallel(resources, WORKERS, async (resource, index) => {
      await sleep(Math.max(begun + index * step - performance.now(), 0));
      await loop.sync(resource);
    });
    await sleep(Math.max(due - performance.now(), 0));
  }
}

class NaiveLoop {
  readonly #api: ApiClient;
  readonly #aws: SecretsManagerClient;
  readonly #namespace: string;
  /** By resource: the version that was written. */
  readonly #written = new Map<string, string>();

  constructor({ url, caPem, token, namespace, awsEndpoint }: NaiveSettings) {
    this.#api = new ApiClient({ url, caPem, token });
    this.#aws = secretsManagerClient(awsEndpoint, { requestTimeoutMs: 30_000 });
    this.#namespace = namespace;
  }

  async resources(): Promise<readonly Resource[]> {
    const { body } = await this.#api.send({ path: externalSecretsPath(this.#namespace) });
    return (body as { readonly items: readonly Resource[] }).items;
  }

  async sync({ metadata: { name, uid }, spec }: Resource): Promise<void> {
    const { SecretString = '{}', VersionId = '' } = await this.#aws.send(
      new GetSecretValueCommand({ SecretId: spec.dataFrom[0].extract.key }),
    );
    const before = this.#written.get(name);
    if (before !== VersionId) await this.#write(name, uid, SecretString, before !== undefined);
    this.#written.set(name, VersionId);
    const now = new Date().toISOString();
    const condition = { type: 'Ready', status: 'True', reason: 'Synced', message: 'synced', lastTransitionTime: now };
    const body = { status: { refreshTime: now, conditions: [condition] } };
    await this.#send(200, { method: 'PATCH', path: `${externalSecretsPath(this.#namespace)}/${name}/status`, body });
  }

  async #write(name: string, uid: string, json: string, exists: boolean): Promise<void> {
    const path = `/api/v1/namespaces/${this.#namespace}/secrets`;
    const entries = Object.entries(JSON.parse(json) as Readonly<Record<string, unknown>>);
    const stringData = Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
    if (exists) return this.#send(200, { method: 'PATCH', path: `${path}/${name}`, body: { stringData } });
    const ownerReferences = [{ apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name, uid }];
    const metadata = { name, labels: { 'keytender.dev/managed': 'true' }, ownerReferences };
    return this.#send(201, { method: 'POST', path, body: { apiVersion: 'v1', kind: 'Secret', metadata, stringData } });
  }

  async #send(expected: number, request: ApiRequest): Promise<void> {
    const contentType = request.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const { status } = await this.#api.send({ ...request, contentType });
    if (status !== expected) throw new Error(`${request.method} ${request.path}: HTTP ${status}`);
  }
}
