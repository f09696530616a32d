// Starts a Kubernetes control plane from plain processes: etcd, kube-apiserver and kube-controller-manager on loopback ports, state in memory.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../processes/error-code.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import type { OwnedFolder } from '../processes/owned-folder.ts';
import { reapLeftovers } from '../processes/reap.ts';
import { startProcess } from '../processes/supervised-process.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';
import { findControlPlaneBinaries } from './binaries.ts';
import type { ControlPlaneBinaries } from './binaries.ts';
import type { CertificateAuthority, KeyPair, Subject } from './certificates.ts';
import { ClusterAccess } from './cluster-access.ts';
import type { Coordinates } from './cluster-access.ts';
import { apiServerArgs, AUDIT_POLICY, controllerManagerArgs, etcdArgs, layoutOf, SERVICE_ACCOUNT_ISSUER } from './command-lines.ts';
import type { Layout, Ports } from './command-lines.ts';
import { freePorts } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { makePki } from './pki.ts';
import { sayOnStderr } from './progress.ts';
import type { Say } from './progress.ts';
import { waitUntil } from './wait-until.ts';

export interface ControlPlaneOptions {
  /** Beside the default ones and NodeRestriction, for example OwnerReferencesPermissionEnforcement. */
  readonly admissionPlugins?: readonly string[];
  /** Files or folders of CustomResourceDefinitions, applied before the controller manager starts: its garbage collector looks for new kinds only every 30 s. */
  readonly crds?: readonly string[];
  readonly extraApiServerArgs?: readonly string[];
  readonly extraControllerManagerArgs?: readonly string[];
  /** Default: found or made. */
  readonly binaries?: ControlPlaneBinaries;
  readonly say?: Say;
}

const START_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 3;

/** A running control plane of one's own. Dispose it to end its processes and remove its state. */
export class ControlPlane extends ClusterAccess implements AsyncDisposable {
  readonly #authority: CertificateAuthority;
  readonly #parts: Parts;

  constructor(coordinates: Coordinates, authority: CertificateAuthority, parts: Parts) {
    super(coordinates);
    this.#authority = authority;
    this.#parts = parts;
  }

  /** A certificate by which a further part of the cluster authenticates, such as a kubelet. */
  issueClientCertificate(subject: Subject): KeyPair {
    return this.#authority.issueClient(subject);
  }

  /** Ends the API server (default SIGKILL: connections break at once, as when a machine dies). Its clients stay. */
  async stopApiServer(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#parts.apiServer?.stop({ signal });
    this.#parts.apiServer = undefined;
  }

  /** Starts the API server again on the same port and state, and resolves when it is ready. */
  async startApiServer(): Promise<void> {
    if (this.#parts.apiServer?.running === true) return;
    this.#parts.apiServer = this.#parts.launchApiServer();
    await untilReady(this, this.#parts.apiServer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await disposeParts(this.#parts);
  }
}

interface Parts {
  readonly folder: OwnedFolder;
  readonly launchApiServer: () => SupervisedProcess;
  etcd?: SupervisedProcess;
  apiServer?: SupervisedProcess | undefined;
  controllerManager?: SupervisedProcess;
}

/** Starts one and resolves when it serves and its controllers work (seconds). Ends leftovers of killed runs first. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const say = options.say ?? sayOnStderr;
  const { processes } = await reapLeftovers();
  if (processes.length > 0) say(`ended what a killed run had left: ${processes.join(', ')}`);
  const binaries = options.binaries ?? (await findControlPlaneBinaries({ say }));
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options, binaries);
    } catch (error) {
      // Somebody else took a port between the look and the start.
      if (attempt === PORT_ATTEMPTS || !messageOf(error).includes('address already in use')) throw error;
    }
  }
}

async function startOnce(options: ControlPlaneOptions, binaries: ControlPlaneBinaries): Promise<ControlPlane> {
  const [etcd = 0, etcdPeer = 0, apiServer = 0] = await freePorts(3);
  const folder = makeOwnedFolder('control-plane');
  const layout = layoutOf(folder.path);
  const ports: Ports = { etcd, etcdPeer, apiServer };
  const launch = (name: string, command: string, args: readonly string[]): SupervisedProcess =>
    startProcess({ name, command, args, logPath: join(layout.logs, `${name}.log`), cwd: layout.folder });
  const parts: Parts = {
    folder,
    launchApiServer: () =>
      launch(
        'kube-apiserver',
        binaries.kubeApiserver,
        apiServerArgs(layout, ports, options.admissionPlugins ?? [], options.extraApiServerArgs ?? []),
      ),
  };
  try {
    mkdirSync(layout.logs);
    parts.etcd = launch('etcd', binaries.etcd, etcdArgs(layout, ports)); // starts while keys are made
    const { coordinates, authority } = await prepare(layout, ports, binaries);
    const controlPlane = new ControlPlane(coordinates, authority, parts);
    parts.apiServer = parts.launchApiServer();
    await untilReady(controlPlane, parts.apiServer, parts.etcd);
    await applyCrds(controlPlane, options.crds ?? []);
    const args = controllerManagerArgs(layout, options.extraControllerManagerArgs ?? []);
    parts.controllerManager = launch('kube-controller-manager', binaries.kubeControllerManager, args);
    await untilControllersWork(controlPlane, parts.controllerManager);
    return controlPlane;
  } catch (error) {
    await disposeParts(parts);
    throw error;
  }
}

interface Prepared {
  readonly coordinates: Coordinates;
  readonly authority: CertificateAuthority;
}

async function prepare(layout: Layout, ports: Ports, binaries: ControlPlaneBinaries): Promise<Prepared> {
  const pki = await makePki(layout.pki);
  const url = `https://127.0.0.1:${ports.apiServer}`;
  const caPem = pki.authority.certPem;
  writeFileSync(layout.auditPolicy, JSON.stringify(AUDIT_POLICY));
  writeKubeconfig(layout.controllerManagerKubeconfig, { server: url, caPem, user: pki.controllerManager });
  const coordinates: Coordinates = {
    folder: layout.folder,
    url,
    caPem,
    admin: pki.admin,
    adminToken: pki.adminToken,
    kubeconfigPath: writeKubeconfig(join(layout.folder, 'kubeconfig'), { server: url, caPem, user: pki.admin }),
    auditLogPath: layout.auditLog,
    kubectlPath: binaries.kubectl,
    serviceAccountIssuer: SERVICE_ACCOUNT_ISSUER,
    serviceAccountPublicKeyPem: pki.serviceAccountPublicKeyPem,
  };
  return { coordinates, authority: pki.authority };
}

async function untilReady(access: ClusterAccess, ...processes: readonly SupervisedProcess[]): Promise<void> {
  await untilServed(access, '/readyz', processes);
}

// Both come from the controller manager, so it works when they are there; pods need them too.
async function untilControllersWork(access: ClusterAccess, controllerManager: SupervisedProcess): Promise<void> {
  await untilServed(access, '/api/v1/namespaces/default/serviceaccounts/default', [controllerManager]);
  await untilServed(access, '/api/v1/namespaces/default/configmaps/kube-root-ca.crt', [controllerManager]);
}

async function untilServed(access: ClusterAccess, path: string, processes: readonly SupervisedProcess[]): Promise<void> {
  const look = async (): Promise<boolean> => {
    const dead = processes.find((one) => !one.running);
    if (dead !== undefined) throw new Error(`${dead.name} ended while it was awaited:\n${dead.logTail()}`);
    try {
      return (await access.api.send({ path })).status === 200;
    } catch {
      return false; // nothing listens yet
    }
  };
  await waitUntil(`${path} of the API server`, look, { timeoutMs: START_TIMEOUT_MS, pollMs: 25 });
}

async function applyCrds(access: ClusterAccess, paths: readonly string[]): Promise<void> {
  const files = paths.filter((path) => existsSync(path)).flatMap(yamlFilesIn);
  if (files.length === 0) return;
  await mustKubectl(access, ['apply', '--server-side', ...files.flatMap((file) => ['-f', file])]);
  await mustKubectl(access, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
}

function yamlFilesIn(path: string): readonly string[] {
  if (/\.ya?ml$/.test(path)) return [path];
  return readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

async function mustKubectl(access: ClusterAccess, args: readonly string[]): Promise<void> {
  const { code, stderr } = await access.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args[0] ?? ''} ended with ${code}:\n${stderr}`);
}

async function disposeParts(parts: Parts): Promise<void> {
  // The state is thrown away with the folder, so there is nothing to end gracefully for.
  const processes = [parts.controllerManager, parts.apiServer, parts.etcd].filter((one) => one !== undefined);
  await Promise.all(processes.map((one) => one.stop({ signal: 'SIGKILL' })));
  parts.folder[Symbol.dispose]();
}
