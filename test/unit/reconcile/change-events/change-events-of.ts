// Change events of stores in memory, with nobody who depends on them.
import { catalogueWords } from '../../../../src/api/condition-words.ts';
import type { StoreObject } from '../../../../src/api/secret-store.ts';
import { TimeSlices } from '../../../../src/base/time-slices.ts';
import { WorkQueue } from '../../../../src/queue/work-queue.ts';
import { ChangeEvents } from '../../../../src/reconcile/change-events/change-events.ts';
import { CredentialCache } from '../../../../src/resolve/credential-cache.ts';
import { createEventMetrics } from '../../../../src/telemetry/event-metrics.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { createRegistry } from '../../../../src/telemetry/registry.ts';
import { Store } from '../../../../src/watch/store.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';

type Parts = Pick<ConstructorParameters<typeof ChangeEvents>[0], 'clock' | 'sqs' | 'config'>;

/** `stores`: SecretStores. `api`: has what they refer to. `lines`: what is logged. */
export function changeEventsOf(stores: readonly StoreObject[], parts: Parts, api = new MemoryApi()) {
  const { clock } = parts;
  const lines: string[] = [];
  const secretStores = new Store<StoreObject>();
  const clusterSecretStores = new Store<StoreObject>();
  secretStores.replace(stores);
  const changes = new ChangeEvents({
    ...parts,
    words: catalogueWords,
    dependants: [],
    view: { secretStores, clusterSecretStores },
    queues: {
      secretStores: new WorkQueue({ name: 'secretstore', clock }),
      clusterSecretStores: new WorkQueue({ name: 'clustersecretstore', clock }),
    },
    slices: new TimeSlices(),
    metrics: createEventMetrics(createRegistry('test'), () => ({ inFlight: 0, namespacedQueues: { up: 0, down: 0 } })),
    logger: createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } }),
    mayReceive: () => true,
  });
  const credentials = new CredentialCache(api);
  const context = { secretStores, clusterSecretStores, namespaces: new Store(), credentials, allowOperatorIdentity: true };
  return { changes, secretStores, context, lines };
}
