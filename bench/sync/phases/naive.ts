// The naive loop on the same control plane and the same AWS: the first read of every resource, and one interval without changes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AuditLog } from '../../../test/support/control-plane/audit-log.ts';
import { waitUntil } from '../../../test/support/control-plane/wait-until.ts';
import { makeOwnedFolder } from '../../../test/support/processes/owned-folder.ts';
import { startProcess, type SupervisedProcess } from '../../../test/support/processes/supervised-process.ts';
import { FIRST_PASS, type NaiveSettings, SETTINGS_VARIABLE } from '../../naive/loop.ts';
import { phaseEnd, phaseOf, since, type Phase, type Place } from '../phase.ts';
import { removeManagedSecrets } from '../floor.ts';

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
const LIMIT_MS = 900_000;

export interface Naive {
  readonly firstPass: Phase;
  readonly firstPassSeconds: number;
  readonly steady: Phase;
}

export async function measureNaive(operatorsPlace: Place): Promise<Naive> {
  const { world, namespace, scenario } = operatorsPlace;
  await removeManagedSecrets(world, namespace);
  const { user, token } = world.naive;
  const place = { ...operatorsPlace, audit: new AuditLog(world.access, user) };
  const { url, caPem } = world.access;
  const { intervalSeconds } = scenario;
  const settings: NaiveSettings = { url, caPem, token, namespace, awsEndpoint: world.aws.endpoint, intervalSeconds };
  await world.aws.takeCalls();
  const started = performance.now();
  using folder = makeOwnedFolder('bench-naive');
  await using loop = start(settings, folder.path);
  await waitUntil('the naive loop has synced everything once', () => hasFinishedFirstPass(loop), { timeoutMs: LIMIT_MS, pollMs: 20 });
  const firstPassSeconds = since(started);
  const firstPass = await phaseEnd(place, loop);
  const steady = await phaseOf(place, loop, intervalSeconds * 1_000);
  return { firstPass, firstPassSeconds, steady };
}

function start(settings: NaiveSettings, folder: string): SupervisedProcess {
  return startProcess({
    name: 'naive-loop',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', MAIN, 'naive-loop'],
    env: { ...process.env, [SETTINGS_VARIABLE]: JSON.stringify(settings) },
    logPath: join(folder, 'log'),
  });
}

function hasFinishedFirstPass(loop: SupervisedProcess): boolean {
  if (!loop.running) throw new Error(`the naive loop has ended:\n${loop.logTail(20)}`);
  return readFileSync(loop.logPath, 'utf8').includes(FIRST_PASS);
}
