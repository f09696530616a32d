import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLock } from '../../support/control-plane/lock-file.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { identify, identifySelf, isAlive } from '../../support/processes/process-identity.ts';
import type { ProcessIdentity } from '../../support/processes/process-identity.ts';
import { reapLeftovers } from '../../support/processes/reap.ts';
import { startProcess } from '../../support/processes/supervised-process.ts';

let folder: string;
let owners: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytender-processes-'));
  owners = [];
});

afterEach(async () => {
  for (const owner of owners) if (owner.exitCode === null && owner.signalCode === null) await killed(owner, 'SIGKILL');
  await reapLeftovers(records());
  rmSync(folder, { recursive: true, force: true });
});

interface Owned {
  readonly owner: ChildProcess;
  readonly child: ProcessIdentity;
  readonly grandchild: ProcessIdentity;
  readonly state: string;
}

const SUPPORT = new URL('../../support/', import.meta.url).href;
const records = (): string => join(folder, 'records');
const lock = (): string => join(folder, 'lock');

/** Starts a process that owns a folder and a child, which has a child of its own. */
async function startOwner(options: { readonly dieWithOwner: boolean; readonly afterwards?: string }): Promise<Owned> {
  const source = `
    import { startProcess } from '${SUPPORT}processes/supervised-process.ts';
    import { makeOwnedFolder } from '${SUPPORT}processes/owned-folder.ts';
    const state = makeOwnedFolder('test', ${JSON.stringify(records())});
    const child = startProcess({
      name: 'sleeper', command: 'sh', args: ['-c', 'sleep 1000 & echo $!; wait'], logPath: ${JSON.stringify(join(folder, 'child.log'))},
      recordsFolder: ${JSON.stringify(records())}, dieWithOwner: ${options.dieWithOwner},
    });
    console.log(JSON.stringify({ child: child.pid, state: state.path }));
    ${options.afterwards ?? ''}
    setTimeout(() => undefined, 1_000_000);`;
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  owners.push(owner);
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const { child, state } = JSON.parse(line.toString()) as { readonly child: number; readonly state: string };
  const grandchild = await waitUntil('the pid of the grandchild', () => identify(Number(readFileSync(join(folder, 'child.log'), 'utf8'))));
  return { owner, child: identify(child) ?? { pid: child, startTime: 'gone' }, grandchild, state };
}

async function killed(owner: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(owner, 'exit');
  owner.kill(signal);
  await exited;
}

describe('reapLeftovers', () => {
  it('ends what an owner killed with SIGKILL has left, and removes its folder', async () => {
    const { owner, child, grandchild, state } = await startOwner({ dieWithOwner: false });
    await killed(owner, 'SIGKILL');
    expect([isAlive(child), isAlive(grandchild), existsSync(state)]).toEqual([true, true, true]);
    expect(await reapLeftovers(records())).toEqual({ processes: ['sleeper'], folders: [state] });
    await waitUntil('the end of the grandchild', () => !isAlive(grandchild));
    expect([isAlive(child), existsSync(state), readdirSync(records())]).toEqual([false, false, []]);
  });

  it('leaves alone what a living owner holds', async () => {
    const { child, state } = await startOwner({ dieWithOwner: false });
    expect(await reapLeftovers(records())).toEqual({ processes: [], folders: [] });
    expect([isAlive(child), existsSync(state)]).toEqual([true, true]);
  });

  it('does not touch a stranger who has the pid of a dead child', async () => {
    const { owner, child } = await startOwner({ dieWithOwner: false });
    await killed(owner, 'SIGKILL');
    for (const name of readdirSync(records())) {
      const path = join(records(), name);
      writeFileSync(path, readFileSync(path, 'utf8').replace(`"startTime":"${child.startTime}"`, '"startTime":"0"'));
    }
    expect((await reapLeftovers(records())).processes).toEqual([]);
    expect(isAlive(child)).toBe(true);
    process.kill(-child.pid, 'SIGKILL');
  });

  it('finds nothing where nothing was ever recorded', async () => {
    expect(await reapLeftovers(join(folder, 'never'))).toEqual({ processes: [], folders: [] });
  });
});

describe('startProcess', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends the child and removes the folder when its owner gets %s', async (signal) => {
    const { owner, child, grandchild, state } = await startOwner({ dieWithOwner: false });
    await killed(owner, signal);
    expect(owner.signalCode).toBe(signal);
    await waitUntil('the end of child and grandchild', () => !isAlive(child) && !isAlive(grandchild));
    expect([existsSync(state), readdirSync(records())]).toEqual([false, []]);
  });

  it('ends the child when its owner exits by itself', async () => {
    const { owner, child, state } = await startOwner({ dieWithOwner: false, afterwards: 'setTimeout(() => process.exit(0), 300);' });
    if (owner.exitCode === null) await once(owner, 'exit');
    await waitUntil('the end of the child', () => !isAlive(child));
    expect(existsSync(state)).toBe(false);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('has the kernel end the child at once when its owner is killed with SIGKILL', async () => {
    const { owner, child } = await startOwner({ dieWithOwner: true });
    await killed(owner, 'SIGKILL');
    await waitUntil('the end of the child', () => !isAlive(child), { timeoutMs: 2_000 });
    process.kill(-child.pid, 'SIGKILL'); // its own child is not the kernel's concern
  });

  it('stops a child that ignores SIGTERM after the grace', async () => {
    await using child = startProcess({
      name: 'stubborn',
      command: 'sh',
      args: ['-c', 'trap "" TERM; echo ready; while true; do sleep 0.05; done'],
      logPath: join(folder, 'stubborn.log'),
      recordsFolder: records(),
    });
    await waitUntil('its trap', () => child.logTail().includes('ready'));
    expect(await child.stop({ graceMs: 100 })).toEqual({ code: null, signal: 'SIGKILL' });
    expect([child.running, readdirSync(records())]).toEqual([false, []]);
  });

  it('throws when the command does not exist', () => {
    const options = { name: 'none', command: join(folder, 'none'), args: [], logPath: join(folder, 'none.log'), dieWithOwner: false };
    expect(() => startProcess(options)).toThrow('cannot be started');
  });
});

describe('withLock', () => {
  it('lets one at a time in', async () => {
    let [inside, most] = [0, 0];
    const task = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(lock(), task, { pollMs: 1 })));
    expect([most, readdirSync(folder)]).toEqual([1, []]);
  });

  it('takes the lock of a dead holder, by one waiter at a time', async () => {
    writeFileSync(lock(), JSON.stringify({ pid: process.pid, startTime: 'of an earlier process with this pid', token: 'x' }));
    let [inside, most] = [0, 0];
    const task = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withLock(lock(), task, { pollMs: 1 })));
    expect([most, existsSync(lock())]).toEqual([1, false]);
  });

  it('waits for a living holder and says who it is', async () => {
    writeFileSync(lock(), JSON.stringify({ ...identifySelf(), token: 'other' }));
    const waitedFor: number[] = [];
    const locked = withLock(lock(), () => Promise.resolve('mine'), {
      pollMs: 5,
      onWait: (pid) => {
        waitedFor.push(pid);
        rmSync(lock()); // the holder lets go
      },
    });
    expect([await locked, waitedFor]).toEqual(['mine', [process.pid]]);
  });

  it('lets go when the task throws', async () => {
    await expect(withLock(lock(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(lock())).toBe(false);
  });
});
