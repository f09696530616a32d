// A run with a node in a separate process that is killed; tests of the clean-up check the result.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../control-plane/run-command.ts';
import { waitUntil } from '../control-plane/wait-until.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import { startProcess } from '../processes/supervised-process.ts';
import { processesOf } from './traces.ts';
import type { NodeTraces } from './traces.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

export interface KilledRun {
  readonly traces: NodeTraces;
  /** The commands of its processes a moment before. */
  readonly alive: readonly string[];
}

/** Starts a run, waits until this pod is Ready on its node, and kills the run (SIGKILL). */
export async function killedNodeRun(pod: unknown): Promise<KilledRun> {
  using folder = makeOwnedFolder('killed-run');
  const logPath = join(folder.path, 'run.log');
  await using run = startProcess({ name: 'node run', command: process.execPath, args: [MAIN, '--bare'], logPath });
  const said = await waitUntil(
    'a run with a node',
    () => {
      if (!run.running) throw new Error(`the run has ended:\n${run.logTail(20)}`);
      const text = readFileSync(logPath, 'utf8');
      return text.includes('Ctrl-C stops it') ? text : undefined;
    },
    { timeoutMs: 120_000 },
  );
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    mustRun(
      find(said, /^kubectl: (.*)$/m),
      ['--kubeconfig', find(said, /KUBECONFIG=(.*)$/m), ...args],
      input === undefined ? {} : { input },
    );
  await kubectl(['apply', '-f', '-'], JSON.stringify(pod));
  await kubectl(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s']);
  const traces = JSON.parse(find(said, /^traces: (.*)$/m)) as NodeTraces;
  const alive = processesOf(traces);
  await run.stop({ signal: 'SIGKILL' });
  return { traces, alive };
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`the run does not say ${String(pattern)}`);
  return found;
}
