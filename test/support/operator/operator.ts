// The operator as a real process: src/main.ts under Node 24, its flags on the command line, its log in a file.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../control-plane/wait-until.ts';
import { compileCacheEnvironment } from './compile-cache.ts';
import { childCoverageEnvironment } from '../line-coverage/child-coverage.ts';
import { flagsInContainer, imageStart } from './image-start.ts';
import { sampleOf, totalOf } from './samples.ts';
import { makeOwnedFolder, type OwnedFolder } from '../processes/owned-folder.ts';
import { startProcess, type Exit, type StopOptions, type SupervisedProcess } from '../processes/supervised-process.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NODE = join(ROOT, 'node_modules', '.bin', 'node');

export interface OperatorOptions {
  readonly kubeconfigPath: string;
  /** AWS_ENDPOINT_URL. */
  readonly awsEndpoint: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the sources; the demo runs what the build made. */
  readonly entry?: string;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export class Operator implements AsyncDisposable {
  readonly metricsUrl: string;
  readonly probeUrl: string;
  readonly #process: SupervisedProcess;
  readonly #folder: OwnedFolder;

  constructor(process: SupervisedProcess, folder: OwnedFolder, ports: { readonly metrics: number; readonly probes: number }) {
    this.#process = process;
    this.#folder = folder;
    this.metricsUrl = `http://127.0.0.1:${ports.metrics}/metrics`;
    this.probeUrl = `http://127.0.0.1:${ports.probes}`;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.running;
  }

  get exited(): Promise<Exit> {
    return this.#process.exited;
  }

  /** All that it has printed. */
  output(): string {
    return existsSync(this.#process.logPath) ? readFileSync(this.#process.logPath, 'utf8') : '';
  }

  logLines(): readonly LogLine[] {
    return this.output()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  async metrics(): Promise<string> {
    return (await fetch(this.metricsUrl)).text();
  }

  /** The value of one sample, such as `keytender_restarts_total{kind="Deployment",result="restarted"}`, as `sampleOf` reads it. */
  async metric(sample: string): Promise<number> {
    return sampleOf(await this.metrics(), sample);
  }

  /** The sum of all samples of a metric. Throws when there is no such metric. */
  async metricTotal(name: string): Promise<number> {
    return totalOf(await this.metrics(), name);
  }

  async ready(): Promise<boolean> {
    try {
      return (await fetch(`${this.probeUrl}/readyz`)).ok;
    } catch {
      return false; // not listening yet
    }
  }

  /** Resolves when /readyz says so; rejects with the end of its output when it dies first. */
  async whenReady(): Promise<void> {
    await waitUntil('the operator is ready', async () => {
      if (!this.running) throw new Error(`the operator has ended:\n${this.#process.logTail(20)}`);
      return this.ready();
    });
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  /** kill -9: no goodbye. */
  async kill(): Promise<Exit> {
    return this.#process.stop({ signal: 'SIGKILL' });
  }

  async stop(options?: StopOptions): Promise<Exit> {
    return this.#process.stop(options);
  }

  /** Ends it in order if it still runs, so that it leaves its coverage behind; one that was frozen must wake to hear it. */
  async end(): Promise<void> {
    this.thaw();
    if (this.running) await this.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.#folder[Symbol.dispose]();
  }
}

/** Starts the operator; it is not ready yet. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const [metrics, probes] = await Promise.all([freePort(), freePort()]);
  const entry = options.entry ?? join(ROOT, 'src', 'main.ts');
  const flags = [
    `--metrics-bind-address=127.0.0.1:${metrics}`,
    `--health-probe-bind-address=127.0.0.1:${probes}`,
    // Tests wait for refreshes.
    '--min-refresh-interval=1s',
    ...(options.flags ?? []),
  ];
  const folder = makeOwnedFolder('operator');
  const child = startProcess({
    name: 'keytender',
    command: NODE,
    args: [...flagsInContainer(imageStart), '--disable-warning=ExperimentalWarning', entry, 'controller', ...flags],
    cwd: ROOT,
    logPath: join(folder.path, 'log'),
    env: environment(options),
  });
  return new Operator(child, folder, { metrics, probes });
}

/** Nothing of this process's AWS settings reaches the operator: what a developer has in the environment must not matter. */
function environment({ kubeconfigPath, awsEndpoint, env, entry }: OperatorOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('AWS_') && !name.startsWith('KEYTENDER_') && name !== 'NODE_OPTIONS',
  );
  return {
    ...Object.fromEntries(inherited),
    ...imageStart.env,
    ...(entry === undefined ? compileCacheEnvironment() : {}),
    KUBECONFIG: kubeconfigPath,
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...childCoverageEnvironment(),
    ...env,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
}
