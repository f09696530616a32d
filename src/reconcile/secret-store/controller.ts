/** The controllers of SecretStores and of ClusterSecretStores. */
import type { Dialect } from '../../api/dialect.ts';
import { groupResource } from '../../api/object/resource-type.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import type { StoreObject } from '../../api/schema/secret-store.ts';
import { identityName } from '../../aws/credentials/identity-facts.ts';
import { ownKind, ownStore } from '../../view/cluster-view.ts';
import { anyKind, clusterSecretStoreKind, type OwnKindDefinition, secretStoreKind } from '../../view/own-kinds.ts';
import { anyFigures } from '../../view/freshness/sync-rows.ts';
import { SlicedWakes } from '../../view/sliced-wakes.ts';
import { onOwn } from '../../view/wake-rule.ts';
import { onStore, wakeStore } from '../../view/wake-rules.ts';
import type { Controller, StartedController } from '../shared/controller.ts';
import type { Manager } from '../shared/manager.ts';
import { metricsOf } from '../shared/metrics-of.ts';
import { OwnStatuses } from '../shared/own-statuses.ts';
import type { SecretStoreContext } from './context.ts';
import { clusterSecretStoreDefinition, secretStoreDefinition } from './definition.ts';
import { reconcileSecretStore } from './reconcile.ts';
import { CONDITIONS } from './report.ts';
import { secretStoreRights } from './rights.ts';

/** Few stores, and each check may take an STS call. */
const WORKERS = 4;

export function secretStoreController(dialect: Dialect): Controller {
  return {
    ...storeController('secretstore', dialect, secretStoreKind(dialect)),
    definition: secretStoreDefinition,
    rights: secretStoreRights,
  };
}

export function clusterSecretStoreController(dialect: Dialect): Controller {
  return {
    ...storeController('clustersecretstore', dialect, clusterSecretStoreKind(dialect)),
    definition: clusterSecretStoreDefinition,
    isEnabled: ({ clusterStores }) => clusterStores,
    chartCondition: '.Values.clusterStores.enabled',
  };
}

function storeController(name: string, dialect: Dialect, kind: OwnKindDefinition<StoreObject>): Controller {
  return {
    name: `${name}${dialect.metricSuffix}`,
    dialect,
    kind: anyKind(kind),
    isEnabled: () => true,
    workers: () => WORKERS,
    sharesWorkers: false,
    watches: () => [],
    wakes: (_view, queue) => [onOwn(kind.type, onStore(queue))],
    subscribes: false,
    figures: anyFigures({ storeConditions: CONDITIONS }),
    rights: [],
    start: (manager) => start(dialect, kind, manager),
  };
}

function start(dialect: Dialect, { type }: OwnKindDefinition<StoreObject>, manager: Manager): StartedController {
  const { view, queues, stores, secrets, client, events, clock, logger, slices, changes, source, storeUsers, costs } = manager;
  const { externalSecret } = dialect.kinds;
  const queue = queues.of(groupResource(type));
  const { budget } = ownKind(view, type);
  const users = {
    externalSecrets: ownStore<ExternalSecretObject>(view, externalSecret),
    queue: queues.of(groupResource(externalSecret)),
    walks: new SlicedWakes(slices, (err) => logger.error({ err }, 'the users of a store could not be queued; this is a defect')),
  };
  const context: SecretStoreContext = {
    dialect,
    stores,
    secrets,
    client,
    events,
    metrics: metricsOf(manager.metrics, dialect),
    clock,
    logger,
    type,
    resources: ownStore(view, type),
    shareOf: (namespace) => budget.shareOf(namespace),
    ownStatuses: new OwnStatuses(),
    referenced: manager.referenced.for({
      isCached: true,
      wake: (key) => wakeStore(type.kind, key, queue, users),
    }),
    changeEvents: (store, identity) => changes.finding(store, identity),
    reading: (key, identity) => {
      storeUsers.reads(queue, key, identity);
      return identity && { ...source.readStateOf(identity), service: identity.service, cost: costs.estimate(identityName(identity)) };
    },
  };
  return { reconcile: (key, signal) => reconcileSecretStore(key, context, signal) };
}
