/** Change events of queues in memory, with the stores that may name such a queue. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import type { EventQueue } from '../../../src/aws/event-queue-port.ts';
import type { Key } from '../../../src/base/key.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';
import { ChangeEvents, type ChangeEventsParts } from '../../../src/change-events/change-events.ts';
import { CredentialCache } from '../../../src/resolve/credentials/credential-cache.ts';
import { createEventMetrics } from '../../../src/telemetry/metrics/event-metrics.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { Store } from '../../../src/watch/store.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import type { EngineWorld } from '../source/engine-world.ts';

const {
  words,
  kinds: { secretStore, clusterSecretStore },
} = keytender;

export interface ChangesOptions {
  readonly clock: FakeClock;
  readonly sqs: EventQueue;
  readonly config: ChangeEventsParts['config'];
  readonly stores: readonly StoreObject[];
}

export function changesOf({ clock, sqs, config, stores }: ChangesOptions) {
  const lines: string[] = [];
  const [secretStores, clusterSecretStores] = [new Store<StoreObject>(), new Store<StoreObject>()];
  secretStores.replace(stores);
  const queue = new WorkQueue({ name: 'secretstore', clock });
  const queued: Key[] = [];
  const add = queue.add.bind(queue);
  queue.add = (key, at) => {
    queued.push(key);
    add(key, at);
  };
  const changes = new ChangeEvents({
    stores: [
      { type: secretStore, words, objects: secretStores, queue },
      { type: clusterSecretStore, words, objects: clusterSecretStores, queue: new WorkQueue({ name: 'clustersecretstore', clock }) },
    ],
    config,
    dependants: [],
    sqs,
    clock,
    slices: new TimeSlices(),
    metrics: createEventMetrics(createRegistry('test'), () => ({ inFlight: 0, namespacedQueues: { up: 0, down: 0 } })),
    logger: createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } }),
    mayReceive: () => true,
  });
  const api = new MemoryApi();
  const credentials = new CredentialCache(api);
  const context = { secretStores, clusterSecretStores, namespaces: new Store(), credentials, allowOperatorIdentity: true };
  return { changes, context, secretStores, queued, api, lines };
}

/** Queues are read until `work` is done. */
export async function during(
  { engine }: EngineWorld,
  { changes, context }: Pick<ReturnType<typeof changesOf>, 'changes' | 'context'>,
  work: () => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const running = changes.run(engine, context, end.signal, end.signal);
  await work();
  end.abort(new DOMException('the test is over', 'AbortError'));
  await running;
}

/** A message about a new version of the secret `name`. */
export function labelUpdated(name: string, versionId?: string): object {
  const detail = { name, labelUpdated: 'AWSCURRENT', ...(versionId !== undefined && { versionId }) };
  return { 'detail-type': 'Secret Label Updated', source: 'aws.secretsmanager', region: 'eu-central-1', detail };
}
