// The Docker engine that these tests start if there is none: it leaves nothing behind, even if the test run is killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../support/control-plane/wait-until.ts';
import { startOwnEngine } from '../support/docker-engine/own-engine.ts';
import { reapLeftovers } from '../support/processes/reap.ts';

const say = (line: string): void => void process.stderr.write(`e2e: Docker engine: ${line}\n`);
const probe = await startOwnEngine(say);
if (probe.ok) await probe.value[Symbol.asyncDispose]();
else say(`SKIPPED: ${probe.failure}`);
/** A run of tests, as it were. */
const RUN = fileURLToPath(new URL('../support/docker-engine/main.ts', import.meta.url));

interface Traces {
  readonly processes: readonly number[];
  readonly cgroups: readonly string[];
  readonly folder: boolean;
}

(probe.ok ? describe : describe.skip)('a Docker engine of our own', () => {
  let machine: Machine;

  beforeAll(() => {
    machine = lookAround();
  });

  afterAll(async () => {
    await reapLeftovers();
  });

  it('is gone with its containers when it is disposed of', async () => {
    const run = await startRun();
    expect(tracesOf(run)).toMatchObject({ folder: true });
    run.process.kill('SIGTERM');
    await once(run.process, 'exit');
    expect(tracesOf(run)).toEqual({ processes: [], cgroups: [], folder: false });
    expect(lookAround()).toEqual(machine);
  });

  it('ends with its containers when the run is killed; the next start removes its folder and its cgroups', async () => {
    const run = await startRun();
    const before = tracesOf(run);
    expect(before.processes.length).toBeGreaterThan(0);
    expect(before.cgroups.length).toBeGreaterThan(0);
    expect(before.folder).toBe(true);
    run.process.kill('SIGKILL');
    await once(run.process, 'exit');
    await waitUntil('its processes end', () => tracesOf(run).processes.length === 0);
    await reapLeftovers();
    expect(tracesOf(run)).toEqual({ processes: [], cgroups: [], folder: false });
    expect(lookAround()).toEqual(machine);
  });
});

interface Run {
  readonly process: ReturnType<typeof spawn>;
  readonly folder: string;
  readonly cgroup: string;
}

async function startRun(): Promise<Run> {
  const child = spawn(process.execPath, [RUN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as Pick<Run, 'folder' | 'cgroup'>) };
}

function tracesOf({ folder, cgroup }: Run): Traces {
  return {
    // Whatever namespaces a process is in, its cgroups and its command line are seen from here.
    processes: readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) =>
        [`/proc/${pid}/cgroup`, `/proc/${pid}/cmdline`].some((file) => [cgroup, folder].some((mark) => readProc(file).includes(mark))),
      )
      .map(Number),
    cgroups: globSync(`/sys/fs/cgroup/{,*/}${cgroup.slice(1)}`),
    folder: existsSync(folder),
  };
}

/** Empty for a process that has just ended. */
function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

type Machine = Readonly<Record<string, unknown>>;

/** What an engine likes to leave on a machine: links, forwarding, mounts, its key, its sockets. */
function lookAround(): Machine {
  return {
    bridges: readdirSync('/sys/class/net').filter((name) => /^(?:docker|br-)/.test(name)),
    forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes('docker')),
    files: ['/etc/docker', '/run/docker', '/run/containerd', '/var/lib/docker', '/var/run/docker.sock'].filter((path) => existsSync(path)),
  };
}
