// A container with the settings of the restricted Pod Security level, on the machine's network, so that it reaches services of tests on
// loopback.
import { GenericContainer, StartupCheckStrategy, type StartedTestContainer, type StartupStatus } from 'testcontainers';
import { engineClient } from '../docker-engine/engine.ts';
import { ownerLabel } from '../docker-engine/owner-label.ts';

export class RestrictedContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.withNetworkMode('host').withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges').withLabels(ownerLabel());
    this.hostConfig.ReadonlyRootfs = true;
  }
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a container to its end, whatever its exit code. */
export async function runToEnd(container: GenericContainer): Promise<Ended> {
  const started = await container.withWaitStrategy(new HasEnded()).start();
  try {
    const { dockerode } = (await engineClient()).container;
    const engineContainer = dockerode.getContainer(started.getId());
    const { State } = await engineContainer.inspect();
    const [stdout, stderr] = await Promise.all([
      engineContainer.logs({ stdout: true, stderr: false }),
      engineContainer.logs({ stdout: false, stderr: true }),
    ]);
    return { code: State.ExitCode, stdout: textOf(stdout), stderr: textOf(stderr) };
  } finally {
    await started.stop();
  }
}

/** Asks a running container to end with SIGTERM. Resolves with its exit code (137: it had to be killed) and how long it took. */
export async function terminate(
  started: StartedTestContainer,
  limitSeconds: number,
): Promise<{ readonly code: number; readonly ms: number }> {
  const { dockerode } = (await engineClient()).container;
  const container = dockerode.getContainer(started.getId());
  const since = performance.now();
  await container.stop({ t: limitSeconds });
  const ms = performance.now() - since;
  const { State } = await container.inspect();
  await started.stop();
  return { code: State.ExitCode, ms };
}

/** Testcontainers' own strategy wants exit code 0. */
class HasEnded extends StartupCheckStrategy {
  override async checkStartupState(
    dockerode: Parameters<StartupCheckStrategy['checkStartupState']>[0],
    containerId: string,
  ): Promise<StartupStatus> {
    const { State } = await dockerode.getContainer(containerId).inspect();
    return State.Status === 'exited' ? 'SUCCESS' : 'PENDING';
  }
}

/** Without a terminal the engine puts 8 bytes before each piece of output: its stream and its length. */
function textOf(framed: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at < framed.length;) {
    const length = framed.readUInt32BE(at + 4);
    pieces.push(framed.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces).toString('utf8');
}
