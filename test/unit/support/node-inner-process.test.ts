import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { startForking } from '../../support/node/inner-process.ts';
import { identify } from '../../support/processes/process-identity.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytender-inner-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A shell that ends as its child does: what nsenter does too. */
const fork = (child: string) =>
  startForking({
    name: 'forks',
    command: 'sh',
    args: ['-c', `${child} & wait $!`],
    logPath: join(folder, 'log'),
    recordsFolder: join(folder, 'records'),
  });

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a process that another one forks', () => {
  it('is the one that is ended, and the end waits for it', async () => {
    await using inner = await fork('sleep 1000');
    expect(inner.running).toBe(true);
    expect(identify(inner.pid)).toBeDefined();
    await inner.stop();
    expect(inner.running).toBe(false);
    expect(identify(inner.pid)).toBeUndefined();
  });

  it('is killed when it does not end in time', async () => {
    await using inner = await fork(`sh -c 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'`);
    await waitUntil('a process that ignores SIGTERM', () => inner.logTail() === 'deaf', { pollMs: 5 });
    expect(await inner.stop({ graceMs: 200 })).toMatchObject({ code: 128 + 9 }); // as the shell tells of a child that SIGKILL ended
    expect(identify(inner.pid)).toBeUndefined();
  });

  it('is reported when it cannot be started', async () => {
    const failing = startForking({
      name: 'fails',
      command: 'sh',
      args: ['-c', 'echo no such thing >&2; exit 3'],
      logPath: join(folder, 'log'),
      recordsFolder: join(folder, 'records'),
    });
    await expect(failing).rejects.toThrow('fails cannot be started:\nno such thing');
  });
});
