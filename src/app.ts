/** Connects all parts of the operator, and starts and ends them in order. */
import { ensureDigestKey } from './apply/digest-key.ts';
import { catalogueReason } from './reconcile/external-secret/restarts/reasons.ts';
import { checkSchema, schemasOf } from './reconcile/shared/served-schema.ts';
import { requiredKinds, rowKinds, watchedKinds } from './app/from-controllers.ts';
import { type ClusterView, createClusterView, keptFigures } from './view/cluster-view.ts';
import { budgetedKinds, type HandlerOf, reflectorsOf, type ReflectorsOptions, type RunningReflector } from './view/reflectors.ts';
import { connect, type Connected } from './app/connect.ts';
import { ListedKinds, describeUnlisted } from './view/listed-kinds.ts';
import { createQueues, enabledControllers } from './app/controllers.ts';
import { freshnessResponse } from './view/freshness/freshness.ts';
import { serve } from './app/endpoints.ts';
import { type ChangeHandlers, enqueueChanges } from './reconcile/shared/enqueue-changes.ts';
import { lead } from './app/leadership.ts';
import { operate, type OperatorParts } from './app/operator.ts';
import { SyncRows } from './view/freshness/sync-rows.ts';
import { inOrder } from './view/wake-rule.ts';
import { readAllAgain } from './view/read-again.ts';
import { untilListedOrFailed, watchInBackground } from './app/run-watches.ts';
import { checkShard, type Shard, wholeInstallation } from './app/shard.ts';
import { createTelemetry, type MetricProbes, syncProbe, type Telemetry } from './app/telemetry.ts';
import { keytender } from './api/keytender-dialect.ts';
import { createAwsServices } from './aws/aws-services.ts';
import { systemClock as clock } from './base/time/clock.ts';
import { type SlicedWork, TimeSlices } from './base/time/time-slices.ts';
import type { Config } from './config.ts';
import type { KubeClient } from './kube/client.ts';
import type { DigestKey } from './base/digest.ts';
import type { Controller } from './reconcile/shared/controller.ts';
import type { SourceEngine } from './source/engine-options.ts';
import type { Logger } from './telemetry/log/logger.ts';
import type { Endpoints } from './telemetry/server/server.ts';

/**
 * Runs until `signal` aborts. Resolves with the exit code of the process. Rejects with a StartupError if the start fails. `limitEnd` is called when the work
 * begins to end, for whatever cause: the process must exit even if a part does not end. `shard`: the part of the installation that this process works on; a
 * RangeError if the configuration does not allow shards.
 */
export async function runOperator(config: Config, signal: AbortSignal, limitEnd: () => void, shard = wholeInstallation): Promise<number> {
  checkShard(shard, config);
  const controllers = enabledControllers(config, keytender);
  const view = viewOf(controllers, config, shard.owns);
  const engine: { current?: SourceEngine | undefined } = {};
  const restarts: OperatorParts['restarts'] = {};
  const reflectors: RunningReflector[] = [];
  const rows = new SyncRows(rowKinds(controllers), shard.owns);
  const coverage = new ListedKinds(() => reflectors, requiredKinds(controllers));
  // All long work of the process shares the event loop.
  const slices = new TimeSlices();
  const own = slices.worker('');
  const telemetry = createTelemetry(config, probesOf({ rows, coverage, view, engine, restarts, work: own }), shard.name);
  const { logger } = telemetry;
  await using stack = new AsyncDisposableStack();
  const kube = stack.use(await connect(config, telemetry.kube, slices));
  const debug: Endpoints = { '/debug/freshness': (query) => freshnessResponse(rows.rows(), () => engine.current, query, clock.now(), own) };
  await serve(config, telemetry, { reflectors, coverage }, config.debugEndpoints ? debug : {}, stack);
  const digestKey = await prepareCluster({ controllers, kube, logger }, signal);

  const queues = createQueues(controllers, { clock, metrics: telemetry.queue, owns: shard.owns });
  const changes = enqueueChanges(view, queues, { controllers, slices, onError: logQueueingError(logger) });
  const handlerOf = withRows(rows, changes.handlerOf);
  const onSynced = recordingLists(coverage, changes);
  const watched = { controllers, config, watcher: kube.watcher, digestKey, telemetry, slices, onSynced };
  const reflected = reflectorsOptions(watched);
  reflectors.push(...reflectorsOf(view, handlerOf, reflected));
  const failed = watchInBackground(reflectors, logger, stack);
  const work = AbortSignal.any([signal, failed]);
  await untilListedOrFailed(reflectors, work);
  if (!work.aborted) logUnlisted(rows, coverage, logger);

  const secrets = createAwsServices({ clock, tokens: tokensOf(kube.client), observe: telemetry.observeAws });
  stack.defer(() => secrets.close());
  const { client: reader, health, namespace } = kube;
  const readAgain = readingAgain(view, handlerOf, reflected);
  const made = { clock, view, queues, shard, reader, namespace, secrets, health, coverage, readAgain, seed: changes.start };
  const onStop = onWorkEnding(signal, logger, limitEnd);
  const ended = await waitForEnd(leadership({ ...watched, ...made, engine, restarts, onStop }, { ...kube, shard }, work), logger);
  logger.info({}, 'stopped');
  return ended && !failed.aborted ? 0 : 1;
}

function viewOf(controllers: readonly Controller[], config: Config, owns: Shard['owns']): ClusterView {
  const { supporting } = watchedKinds(controllers, config);
  return createClusterView({ kinds: controllers.map(({ kind }) => kind), supporting, owns });
}

interface Prepared {
  readonly controllers: readonly Controller[];
  readonly kube: Pick<Connected, 'client' | 'namespace'>;
  readonly logger: Logger;
}

/** The steps before the first watch: get or create the digest key, and compare the served schemas with those of this version. */
async function prepareCluster({ controllers, kube, logger }: Prepared, signal: AbortSignal): Promise<DigestKey> {
  const onProblem = (problem: string): void => logger.warn({ problem }, 'digest key could not be obtained; trying again');
  const digestKey = await ensureDigestKey(kube.client, kube.namespace, onProblem, signal);
  await checkSchema(kube.client, schemasOf(controllers), logger, signal);
  return digestKey;
}

function leadership(
  parts: OperatorParts,
  { client, namespace, shard }: Pick<Connected, 'client' | 'namespace'> & { readonly shard: Shard },
  signal: AbortSignal,
): Promise<boolean> {
  const { config, telemetry, engine } = parts;
  return lead({
    config,
    client,
    namespace,
    shard: shard.name,
    clock,
    metrics: telemetry.leader,
    logger: telemetry.logger,
    signal,
    doneUntil: () => engine.current?.readUntil(),
    work: (leading, ended) => operate(parts, leading, ended),
  });
}

function logQueueingError(logger: Logger): (error: unknown) => void {
  return (error) => logger.error({ err: error }, 'object could not be queued; this is a defect');
}

/** Logs the cause of the end of the work unless the end was requested, and limits its time. */
function onWorkEnding(asked: AbortSignal, logger: Logger, limitEnd: () => void): (cause: unknown) => void {
  return (cause) => {
    if (!asked.aborted) logger.error({ err: cause }, 'the work ends');
    limitEnd();
  };
}

interface Probed {
  readonly rows: SyncRows;
  readonly coverage: ListedKinds;
  readonly view: ClusterView;
  readonly engine: { readonly current?: SourceEngine | undefined };
  readonly restarts: OperatorParts['restarts'];
  readonly work: SlicedWork;
}

function probesOf({ rows, coverage, view, engine, restarts, work }: Probed): MetricProbes {
  return {
    sync: syncProbe(rows, () => engine.current, work),
    source: () => engine.current?.stats(),
    unlisted: () => coverage.unlisted(),
    kept: () => keptFigures(view),
    restarts: {
      phases: () => (restarts.current?.phaseCounts() ?? []).map((one) => ({ ...one, reason: catalogueReason(one.reason ?? '') })),
      oldestWaiting: () => restarts.current?.phases.oldestWaiting,
      followed: () => restarts.current?.reloader?.foreign.size,
      ledgerLoaded: () => restarts.current?.isReady,
    },
  };
}

function readingAgain(view: ClusterView, handlerOf: HandlerOf, reflected: ReflectorsOptions): OperatorParts['readAgain'] {
  return (end) => readAllAgain(budgetedKinds(view, reflected), handlerOf, reflected, end);
}

function recordingLists(coverage: ListedKinds, changes: ChangeHandlers): ReflectorsOptions['onSynced'] {
  return (id, namespace) => {
    coverage.listed(id, namespace, clock.monotonic());
    changes.synced(id, namespace);
  };
}

/** Every replica updates its rows, in the order of the events. Only the leader adds keys to queues. */
function withRows(rows: SyncRows, handlerOf: HandlerOf): HandlerOf {
  return (id) => {
    const rowHandler = rows.handlerOf(id);
    return rowHandler === undefined ? handlerOf(id) : inOrder(rowHandler, handlerOf(id));
  };
}

interface WatchedCluster extends Pick<ReflectorsOptions, 'watcher' | 'digestKey' | 'slices' | 'onSynced'> {
  readonly controllers: readonly Controller[];
  readonly config: Config;
  readonly telemetry: Telemetry;
}

function reflectorsOptions({ controllers, config, telemetry, ...others }: WatchedCluster): ReflectorsOptions {
  const { kube: metrics, logger } = telemetry;
  return { ...others, ...watchedKinds(controllers, config), namespaces: config.namespaces, clock, metrics, logger };
}

function logUnlisted(rows: SyncRows, coverage: ListedKinds, logger: Logger): void {
  logger.info({ externalSecrets: rows.size }, 'caches filled');
  const unlisted = describeUnlisted(coverage.unlisted());
  if (unlisted !== undefined) logger.warn({ unread: unlisted }, 'not everything could be listed; the rest is served');
}

/** False also after a defect of a part, which ended the work in order. */
async function waitForEnd(leadership: Promise<boolean>, logger: Logger): Promise<boolean> {
  try {
    return await leadership;
  } catch (error) {
    logger.error({ err: error }, 'a part of the operator failed');
    return false;
  }
}

/** STS accepts any token that is valid. EKS mounts tokens with the same lifetime for IRSA. */
const TOKEN_SECONDS = 3_600;

function tokensOf(client: KubeClient): Parameters<typeof createAwsServices>[0]['tokens'] {
  return (account, audiences, signal) => client.createToken(account, audiences, TOKEN_SECONDS, signal);
}
