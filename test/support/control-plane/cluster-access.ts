// The operations of a test on a control plane, its own or a shared one: kubectl, kubeconfigs for users, plain requests.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ApiClient } from './api-client.ts';
import type { KeyPair } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { runCommand } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/** All that is needed to reach a control plane; plain data, so that one process can hand it to another. */
export interface Coordinates {
  /** The state folder; files made for a test go there too and disappear with it. */
  readonly folder: string;
  readonly url: string;
  readonly caPem: string;
  readonly admin: KeyPair;
  readonly adminToken: string;
  readonly kubeconfigPath: string;
  readonly auditLogPath: string;
  readonly kubectlPath: string;
  readonly serviceAccountIssuer: string;
  readonly serviceAccountPublicKeyPem: string;
}

export interface ServiceAccountRef {
  readonly namespace: string;
  readonly name: string;
}

export interface TokenOptions {
  /** Default: the API server's own audience. */
  readonly audiences?: readonly string[];
  /** Default 3,600; the API server refuses less than 600. */
  readonly expirationSeconds?: number;
}

export type KubeconfigUser = { readonly token: string } | ({ readonly serviceAccount: ServiceAccountRef } & TokenOptions);

export interface KubectlOptions {
  readonly input?: string;
  /** Default: the admin's. */
  readonly kubeconfigPath?: string;
}

export class ClusterAccess implements Disposable {
  readonly coordinates: Coordinates;
  /** Speaks as the admin. */
  readonly api: ApiClient;

  constructor(coordinates: Coordinates) {
    this.coordinates = coordinates;
    this.api = new ApiClient({ url: coordinates.url, caPem: coordinates.caPem, token: coordinates.adminToken });
  }

  get url(): string {
    return this.coordinates.url;
  }

  get caPem(): string {
    return this.coordinates.caPem;
  }

  get adminCert(): string {
    return this.coordinates.admin.certPem;
  }

  get adminKey(): string {
    return this.coordinates.admin.keyPem;
  }

  get adminToken(): string {
    return this.coordinates.adminToken;
  }

  get kubeconfigPath(): string {
    return this.coordinates.kubeconfigPath;
  }

  get auditLogPath(): string {
    return this.coordinates.auditLogPath;
  }

  /** Runs kubectl. Never throws for a command that fails: look at `code`. */
  kubectl(args: readonly string[], { input, kubeconfigPath = this.kubeconfigPath }: KubectlOptions = {}): Promise<CommandResult> {
    // Its own cache: discovery of another cluster that had the same port would be wrong here.
    const cache = join(this.coordinates.folder, 'kubectl-cache');
    return runCommand(
      this.coordinates.kubectlPath,
      ['--kubeconfig', kubeconfigPath, '--cache-dir', cache, ...args],
      input === undefined ? {} : { input },
    );
  }

  /** A token of a service account, from TokenRequest. Throws when the API server refuses. */
  async serviceAccountToken(
    { namespace, name }: ServiceAccountRef,
    { audiences, expirationSeconds = 3600 }: TokenOptions = {},
  ): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const spec = { expirationSeconds, ...(audiences === undefined ? {} : { audiences }) };
    const { status, body } = await this.api.send({
      method: 'POST',
      path,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    });
    if (status !== 201) throw new Error(`TokenRequest for ${namespace}/${name}: HTTP ${status}`);
    return (body as { readonly status: { readonly token: string } }).status.token;
  }

  /** Writes a kubeconfig for this user and returns its path. `server` is for a proxy in between. */
  async kubeconfigFor(user: KubeconfigUser, server?: { readonly url: string; readonly caPem: string }): Promise<string> {
    const token = 'token' in user ? user.token : await this.serviceAccountToken(user.serviceAccount, user);
    const path = join(this.coordinates.folder, `user-${randomUUID()}.kubeconfig`);
    return writeKubeconfig(path, { server: server?.url ?? this.url, caPem: server?.caPem ?? this.caPem, user: { token } });
  }

  [Symbol.dispose](): void {
    this.api[Symbol.dispose]();
  }
}
