// The operations of a test on its node.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/start.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';
import { writeNodeImage } from './busybox-images.ts';
import { importImages, startContainerd } from './containerd.ts';
import { forwardToLoopback } from './forward.ts';
import type { InnerProcess } from './inner-process.ts';
import { startKubelet } from './kubelet.ts';
import type { KubeletOptions } from './kubelet.ts';
import type { NodeLayout } from './layout.ts';
import type { NodeNamespaces } from './namespaces.ts';
import type { NodeNetwork } from './network.ts';
import type { NodeTraces } from './traces.ts';

export interface NodeParts {
  readonly layout: NodeLayout;
  readonly busybox: string;
  readonly cgroup: string;
  readonly namespaces: NodeNamespaces;
  readonly network: NodeNetwork;
  readonly kubeletOptions: KubeletOptions;
  readonly scheduler: SupervisedProcess;
  containerd: InnerProcess;
  kubelet: InnerProcess;
}

/** Where pods find what listens on this machine. */
export interface PodEndpoint {
  readonly host: string;
  readonly port: number;
}

export class RunningNode implements AsyncDisposable {
  readonly #controlPlane: ControlPlane;
  readonly #parts: NodeParts;
  readonly #resources: AsyncDisposableStack;

  /** `resources` end with the node, the last one first. */
  constructor(parts: NodeParts, resources: AsyncDisposableStack) {
    this.#controlPlane = parts.kubeletOptions.controlPlane;
    this.#parts = parts;
    this.#resources = resources;
  }

  get name(): string {
    return this.#parts.kubeletOptions.name;
  }

  /** This machine as pods see it: a server that listens here (or on 0.0.0.0) is reachable for pods. */
  get hostAddress(): string {
    return this.#parts.network.hostAddress;
  }

  /** What is to be gone when the node has ended. */
  get traces(): NodeTraces {
    const { layout, cgroup, network, namespaces } = this.#parts;
    const { link, hostAddress } = network;
    return { folder: layout.folder, cgroup, link, hostAddress, pidNamespace: readlinkSync(`/proc/${namespaces.pid}/ns/pid`) };
  }

  /** Makes a port of this machine's loopback, such as the AWS emulator's or PostgreSQL's, reachable for pods while the node lives. */
  async exposeToPods(loopbackPort: number): Promise<PodEndpoint> {
    return this.#resources.use(await forwardToLoopback(this.hostAddress, loopbackPort));
  }

  /** Imports an archive of docker save or an OCI layout in a tar. Returns the names of its images as pods may give them. */
  importImage(archivePath: string): Promise<readonly string[]> {
    return importImages(this.#parts.namespaces, this.#parts.layout, archivePath);
  }

  /** Makes NODE_IMAGE (a few seconds) and imports it. */
  async importNodeImage(): Promise<readonly string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'keytender-node-image-'));
    try {
      return await this.importImage(await writeNodeImage(folder, this.#parts.busybox));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Runs a command inside the node (its mounts, processes and network) and returns its output. Throws when it fails. */
  run(command: string, args: readonly string[]): Promise<string> {
    return this.#parts.namespaces.run(command, args);
  }

  /** Ends kubelet (the node's agent). Pods go on. */
  async stopKubelet(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#parts.kubelet.stop({ signal });
  }

  /** Starts kubelet again and resolves when it serves and has told the API server that the node is Ready. */
  async startKubelet(): Promise<void> {
    if (this.#parts.kubelet.running) return;
    this.#parts.kubelet = await startKubelet(this.#parts.namespaces, this.#parts.layout, this.#parts.kubeletOptions);
    await this.untilReady();
  }

  async restartKubelet(signal?: NodeJS.Signals): Promise<void> {
    await this.stopKubelet(signal);
    await this.startKubelet();
  }

  /** Ends containerd and starts it again; containers go on, each with its shim. Resolves when kubelet works with it. */
  async restartContainerd(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#parts.containerd.stop({ signal });
    this.#parts.containerd = await startContainerd(this.#parts.namespaces, this.#parts.layout);
    await this.untilReady();
  }

  /** Resolves when the node is Ready, and kubelet reaches containerd and knows its pods. Throws with the end of kubelet's output when it has ended. */
  async untilReady(): Promise<void> {
    const look = async (): Promise<boolean> => {
      const { kubelet } = this.#parts;
      if (!kubelet.running) throw new Error(`kubelet has ended:\n${kubelet.logTail(15)}`);
      return isReady(await this.#get('')) && (await this.#get('/proxy/runningpods/')) !== undefined && (await this.#knowsPods());
    };
    await waitUntil(`node ${this.name} Ready`, look, { timeoutMs: 60_000 });
  }

  /** Resident memory of the node's own parts, in bytes. Pages that parts share are counted for each. */
  memory(): ReadonlyMap<string, number> {
    const { containerd, kubelet, scheduler, namespaces } = this.#parts;
    const shims = pidsIn(namespaces.pid).filter((pid) => commandOf(pid).startsWith('containerd-shim'));
    return new Map([
      ['containerd', residentBytes(containerd.pid)],
      ['kubelet', residentBytes(kubelet.pid)],
      ['kube-scheduler', residentBytes(scheduler.pid)],
      [`${shims.length} shims`, shims.reduce((sum, pid) => sum + residentBytes(pid), 0)],
    ]);
  }

  /** What the containers of a pod keep in use (working set), in bytes, as kubelet tells it; undefined until it has looked. */
  async podMemory({ namespace, name }: { readonly namespace: string; readonly name: string }): Promise<number | undefined> {
    const summary = (await this.#get('/proxy/stats/summary')) as StatsSummary | undefined;
    const pod = summary?.pods.find(({ podRef }) => podRef.namespace === namespace && podRef.name === name);
    const sizes = pod?.containers?.map(({ memory }) => memory?.workingSetBytes);
    return sizes?.includes(undefined) === false ? sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** After its start kubelet serves before it has heard from the API server which pods are its own, and says of others that they do not exist. */
  async #knowsPods(): Promise<boolean> {
    const path = `/api/v1/pods?fieldSelector=spec.nodeName=${this.name}`;
    const bound = ((await this.#controlPlane.api.send({ path })).body as PodList).items;
    const known = new Set(((await this.#get('/proxy/pods')) as PodList | undefined)?.items?.map(({ metadata }) => metadata.uid));
    return bound.every(({ metadata, status }) => known.has(metadata.uid) || ['Succeeded', 'Failed'].includes(status.phase));
  }

  /** Something of the Node object's, or by way of it of kubelet's; undefined when it is not to be had. */
  async #get(path: string): Promise<unknown> {
    const { status, body } = await this.#controlPlane.api.send({ path: `/api/v1/nodes/${this.name}${path}` });
    return status === 200 ? body : undefined;
  }
}

interface PodList {
  readonly items: readonly { readonly metadata: { readonly uid: string }; readonly status: { readonly phase: string } }[];
}

interface NodeObject {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface StatsSummary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string; readonly name: string };
    readonly containers?: readonly { readonly memory?: { readonly workingSetBytes?: number } }[];
  }[];
}

/** A node that is Ready has a taint until the controller manager has seen it. */
function isReady(body: unknown): boolean {
  if (body === undefined) return false;
  const { spec, status } = body as NodeObject;
  return (spec.taints ?? []).length === 0 && (status.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
}

/** Processes of the PID namespace of this one; those of containers are in further ones. */
function pidsIn(first: number): readonly number[] {
  const namespace = readlinkSync(`/proc/${first}/ns/pid`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
      } catch {
        return false; // it has just ended
      }
    });
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8');
}

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes ?? 0) * 1024;
}
