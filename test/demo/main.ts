/**
 * `npm run demo`: the main job on real parts, told as a story. Exit code 0 only when every step was seen. Nothing is left behind: not at the end,
 * not after Ctrl-C, and what a kill -9 leaves the next start ends.
 */
import { parseArgs } from 'node:util';
import { findControlPlaneBinaries } from '../support/control-plane/binaries.ts';
import { messageOf } from '../support/processes/error-code.ts';
import type { Operator } from '../support/operator/operator.ts';
import { startCloud } from './cloud.ts';
import { build, startCluster } from './cluster.ts';
import * as story from './story.ts';
import { answer, heading, problem, say, seen } from './terminal.ts';
import * as waves from './waves.ts';

const USAGE = `Usage: npm run demo [-- --keep]

Starts a Kubernetes control plane and an emulator of AWS on this machine, builds and runs the operator against them, and shows what it does.
  --keep   Leaves everything running at the end, says how to play with it, and stops it on Ctrl-C.
`;

const INTERRUPTED = 130;

interface Started extends story.Actors {
  readonly operator: Operator;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const interrupted = onInterrupt();
  await using stack = new AsyncDisposableStack();
  const told = tell(stack, interrupted.signal, values.keep);
  // After Ctrl-C nobody waits for the step that was under way: what it needs goes away beneath it.
  const code = await Promise.race([told, interrupted.promise.then(() => INTERRUPTED)]);
  if (code === 0 && values.keep) await interrupted.promise;
  if (interrupted.signal.aborted) process.stdout.write('\nstopping everything\n');
  return code;
}

/** Resolves on the first signal; a second one ends the process at once. */
function onInterrupt(): { readonly signal: AbortSignal; readonly promise: Promise<void> } {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
      resolve();
    });
  }
  return { signal: controller.signal, promise };
}

async function tell(stack: AsyncDisposableStack, signal: AbortSignal, keep: boolean): Promise<number> {
  const started: { operator?: Operator } = {};
  try {
    const actors = await setUp(stack, signal, started);
    await storyOf(actors);
    if (!keep) {
      heading('The operator is asked to stop');
      await story.stopTheOperator(actors.operator, actors);
    }
    printSummary(actors);
    if (keep) printWaysToPlay(actors);
    return 0;
  } catch (error) {
    if (signal.aborted) return INTERRUPTED;
    problem(`The demo failed: ${messageOf(error)}`);
    if (started.operator !== undefined) answer(`the operator's last lines:\n${lastLines(started.operator.output())}`);
    return 1;
  }
}

async function setUp(stack: AsyncDisposableStack, signal: AbortSignal, started: { operator?: Operator }): Promise<Started> {
  heading('A cluster and an AWS account, on this machine');
  say(
    'etcd, kube-apiserver and kube-controller-manager are found, downloaded or built (a quarter of an hour the first time, then seconds)',
  );
  await findControlPlaneBinaries();
  const begun = performance.now();
  const [cluster, cloud] = await Promise.all([startCluster(stack, signal), startCloud(), build(signal)]);
  stack.use(cloud);
  seen(`in ${((performance.now() - begun) / 1000).toFixed(1)} s: Kubernetes ${await versionOf(cluster)} at ${cluster.controlPlane.url}`);
  seen(`Secrets Manager, STS and IAM (an emulator that checks signatures and policies) at ${cloud.emulator.endpoint}; the build of dist/`);
  const actors = { cluster, cloud, ledger: story.ledgerOf(cluster, cloud) };
  heading('What an installation and a team apply');
  await story.prepare(actors);
  heading('The operator starts');
  const operator = await story.startTheOperator(actors, stack);
  started.operator = operator;
  return { ...actors, operator };
}

async function versionOf({ controlPlane }: story.Actors['cluster']): Promise<string> {
  return ((await controlPlane.api.send({ path: '/version' })).body as { readonly gitVersion: string }).gitVersion;
}

async function storyOf(actors: Started): Promise<void> {
  await story.firstSync(actors);
  heading('Nothing changes');
  await story.steadyState(actors);
  heading('The database password is rotated');
  await story.rotate(actors);
  heading('Something breaks: access denied');
  await story.denyAccess(actors);
  heading('It is repaired');
  await story.allowAccess(actors);
  heading('Somebody deletes a Secret');
  await story.repairDrift(actors);
  heading('More workloads use the payment key, and restart in waves');
  await waves.findConsumers(actors);
  heading('A new key fails in the canary');
  const crashing = await waves.failInCanary(actors);
  heading('The cause is mended');
  await waves.goOn(crashing, actors);
}

function printSummary({ ledger }: Started): void {
  heading('Summary');
  answer(ledger.summary());
  answer('');
  say(`Every step was seen, in ${(performance.now() / 1000).toFixed(0)} s.`);
}

function printWaysToPlay({ cluster: { controlPlane }, cloud: { emulator }, operator }: Started): void {
  const control = `curl -s ${emulator.endpoint}/_emulator`;
  const secret = '"secretId":"production/payment/api-key"';
  heading('Everything keeps running until Ctrl-C');
  answer(`export KUBECONFIG=${controlPlane.kubeconfigPath}
kubectl is ${controlPlane.coordinates.kubectlPath}

the secrets in AWS   ${control}/list -d '{}'
rotate one           ${control}/put -d '{${secret},"value":"another"}'
make a read fail     ${control}/inject -d '{${secret},"fault":{"kind":"throttle"},"times":3}'
what was counted     curl -s ${operator.metricsUrl} | grep ^keytender_`);
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n');
}

const code = await main();
// A step that Ctrl-C cut off may still be waiting for something.
process.exit(code);
