/** What workloads ask for by the annotations of Stakater Reloader, for one leader. Without the setting there is nothing of it: no watch, no memory. */
import type { KubeObject } from '../api/object/object.ts';
import { keyOf } from '../base/key.ts';
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import type { DigestKey } from '../base/digest.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import type { Config } from '../config.ts';
import { reloaderOf } from '../config/reloader-settings.ts';
import type { KubeReader, ListWatcher } from '../kube/port.ts';
import type { Queues } from '../reconcile/shared/queues.ts';
import { enqueueConsumer } from '../reconcile/shared/restart-engine.ts';
import { leaderVersions } from '../reconcile/shared/leader-versions.ts';
import { ReloaderSources } from '../reconcile/shared/reloader-sources.ts';
import { ForeignSources } from '../restart/foreign/foreign-sources.ts';
import { fieldSelectorOf } from '../restart/foreign/left-out.ts';
import { NameMatches } from '../restart/foreign/name-matches.ts';
import type { Ledger } from '../restart/ledger/ledger.ts';
import { defaultPolicy } from '../restart/policy/policy.ts';
import { marksId, marksOf } from '../restart/reloader/options.ts';
import type { SourceName } from '../restart/source/content.ts';
import type { Logger } from '../telemetry/log/logger.ts';
import { type ClusterView, supportingStore } from '../view/cluster-view.ts';
import { namespaceKind } from '../view/supporting-kinds.ts';
import type { ObjectVersions } from '../watch/object-versions.ts';
import type { Telemetry } from './telemetry.ts';

export interface ReloaderParts {
  readonly clock: Clock;
  readonly config: Config;
  readonly digestKey: DigestKey;
  readonly queues: Queues;
  readonly slices: TimeSlices;
  readonly telemetry: Pick<Telemetry, 'logger' | 'restarts' | 'kube'>;
  readonly view: ClusterView;
  readonly watcher: ListWatcher;
}

/** `signal`: aborts when the process ends to lead. Undefined: the annotations do not count. */
export function reloaderSources(
  parts: ReloaderParts,
  client: KubeReader,
  ledger: Ledger,
  signal: AbortSignal,
): ReloaderSources | undefined {
  const options = reloaderOf(parts.config);
  if (options === undefined) return undefined;
  const { clock, digestKey, queues, slices, telemetry, view } = parts;
  const { logger } = telemetry;
  const defect = Promise.withResolvers<never>();
  // The defect can come before anybody waits for it.
  defect.promise.catch(() => undefined);
  const versions = versionsOf(parts, defect.reject, signal);
  const onDefect = (error: unknown): void => logger.error({ err: error }, 'source of a workload could not be followed; this is a defect');
  const foreign = new ForeignSources({
    versions,
    client,
    ledger,
    digestKey,
    clock,
    settle: defaultPolicy.settle,
    rules: { onCreate: options.reloadOnCreate, onDelete: options.reloadOnDelete },
    marks: { id: marksId(options), of: (metadata) => marksOf(options, metadata) },
    onChange: (_namespace, _source, consumers) => {
      for (const id of consumers) enqueueConsumer(queues, id);
    },
    onProblem: problemLog(clock, logger),
    onDefect,
    signal,
  });
  const matches = new NameMatches({ versions, slices, onChange: (id) => enqueueConsumer(queues, id), onDefect, signal });
  const namespaces = supportingStore(view, namespaceKind);
  return new ReloaderSources({
    options,
    foreign,
    matches,
    defect: defect.promise,
    labelsOf: (name) => labelsIn(namespaces.get(keyOf('', name))),
  });
}

function labelsIn(namespace: KubeObject | undefined): Readonly<Record<string, string>> | undefined {
  return namespace && (namespace.metadata.labels ?? {});
}

function versionsOf(
  { watcher, config, clock, telemetry }: ReloaderParts,
  onDefect: (error: unknown) => void,
  signal: AbortSignal,
): ObjectVersions {
  return leaderVersions(
    { watcher, config, clock, signal, fieldSelectorOf, logger: telemetry.logger, metrics: telemetry.kube },
    { one: 'a source', all: 'the sources of workloads' },
    onDefect,
  );
}

/** Time between two lines: without a permission each of thousands of sources fails. */
const LINE_EVERY: Ms = ms(1_000);

/** `others`: failures since the last line. */
function problemLog(clock: Clock, logger: Logger): (namespace: string, source: SourceName, message: string) => void {
  let [last, others] = [-Infinity, 0];
  return (namespace, { kind, name }, problem) => {
    if (clock.monotonic() - last < LINE_EVERY) {
      others += 1;
      return;
    }
    logger.warn({ namespace, kind, name, problem, others }, 'source of a workload could not be read or recorded; trying again');
    [last, others] = [clock.monotonic(), 0];
  };
}
