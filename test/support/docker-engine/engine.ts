// The Docker engine of the e2e tests: an existing one, or a separate one for the run. Testcontainers finds it in the environment.
import type { ContainerRuntimeClient } from 'testcontainers';
import { failed, ok, type Result } from '../../../src/base/result.ts';
import type { Say } from '../control-plane/progress.ts';
import { answers } from './ping.ts';
import { startOwnEngine } from './own-engine.ts';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';

export interface DockerEngine extends AsyncDisposable {
  readonly host: string;
  /** For people: whose it is, and how long it took to start. */
  readonly about: string;
}

/** Finds or starts one. A failure is a sentence on what is missing, for a visible skip. Call it before Testcontainers is used for the first time. */
export async function acquireDockerEngine(say: Say): Promise<Result<DockerEngine, string>> {
  const given = process.env['DOCKER_HOST'] ?? DEFAULT_HOST;
  if (await answers(given)) {
    enterEngine(given);
    return ok({ host: given, about: `the engine at ${given}`, [Symbol.asyncDispose]: () => Promise.resolve() });
  }
  const started = performance.now();
  const own = await startOwnEngine(say);
  if (!own.ok) return failed(`no Docker engine answers at ${given}, and to start one this machine lacks: ${own.failure}`);
  enterOwnEngine(own.value.host);
  const about = `an engine of our own, up in ${(performance.now() - started).toFixed(0)} ms`;
  return ok({ host: own.value.host, about, [Symbol.asyncDispose]: () => own.value[Symbol.asyncDispose]() });
}

function enterEngine(host: string): void {
  process.env['DOCKER_HOST'] = host;
  // Its reaper is an image of a registry. Here an engine of our own ends with the run, and tests dispose of their containers.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
}

/** Tells Testcontainers in this process of an engine of ours. */
export function enterOwnEngine(host: string): void {
  enterEngine(host);
  // What its containers listen on is on this machine; run in a container itself, Testcontainers would look for a bridge.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] = '127.0.0.1';
}

/** Testcontainers' client for the engine. Loaded late: it reads the environment when it is loaded, and takes half a second. */
export async function engineClient(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient();
}
