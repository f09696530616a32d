/** The controllers of SecretStores and of ClusterSecretStores. */
import type { Dialect } from '../../api/dialect.ts';
import type { StoreObject } from '../../api/secret-store.ts';
import { identityName } from '../../aws/credentials/identity-facts.ts';
import { ownKind } from '../../view/cluster-view.ts';
import { anyKind, clusterSecretStoreKind, type OwnKindDefinition, secretStoreKind } from '../../view/own-kinds.ts';
import { wakeRule } from '../../view/wake-rule.ts';
import { onStore, wakeStore } from '../../view/wake-rules.ts';
import { EXTERNAL_SECRET } from '../external-secret/controller.ts';
import type { Controller, StartedController } from '../shared/controller.ts';
import type { Manager } from '../shared/manager.ts';
import { OwnStatuses } from '../shared/own-statuses.ts';
import type { SecretStoreContext } from './context.ts';
import { reconcileSecretStore } from './reconcile.ts';
import { secretStoreRights } from './rights.ts';

export const SECRET_STORE = 'secretstore';
export const CLUSTER_SECRET_STORE = 'clustersecretstore';
/** There are few stores, and each check may make an STS call. */
const WORKERS = 4;

export function secretStoreController(dialect: Dialect): Controller {
  return { ...storeController(SECRET_STORE, secretStoreKind(dialect)), rights: secretStoreRights };
}

export function clusterSecretStoreController(dialect: Dialect): Controller {
  return {
    ...storeController(CLUSTER_SECRET_STORE, clusterSecretStoreKind(dialect)),
    isEnabled: ({ clusterStores }) => clusterStores,
    chartCondition: '.Values.clusterStores.enabled',
  };
}

function storeController(name: string, kind: OwnKindDefinition<StoreObject>): Controller {
  return {
    name,
    kind: anyKind(kind),
    isEnabled: () => true,
    workers: () => WORKERS,
    sharesWorkers: false,
    watches: () => [],
    wakes: (_view, queue) => [wakeRule(kind.type.kind, onStore(queue))],
    rights: [],
    start: (manager) => start(name, kind, manager),
  };
}

function start(name: string, { type }: OwnKindDefinition<StoreObject>, manager: Manager): StartedController {
  const { view, queues, dialect, stores, secrets, client, events, metrics, clock, logger, changes, source, storeUsers, costs } = manager;
  const queue = queues.of(name);
  const { budget } = ownKind(view.own, type.kind);
  const users = { externalSecrets: view.externalSecrets, queue: queues.of(EXTERNAL_SECRET) };
  const context: SecretStoreContext = {
    dialect,
    stores,
    secrets,
    client,
    events,
    metrics,
    clock,
    logger,
    type,
    resources: type.namespaced ? view.secretStores : view.clusterSecretStores,
    shareOf: (namespace) => budget.shareOf(namespace),
    ownStatuses: new OwnStatuses(),
    referenced: manager.referenced.for({
      isCached: true,
      wake: (key) => wakeStore(type.kind, key, queue, users),
    }),
    changeEvents: (store, identity) => changes.finding(store, identity),
    reading: (key, identity) => {
      storeUsers.reads(queue, key, identity);
      return identity && { ...source.readingAs(identity), service: identity.service, cost: costs.estimate(identityName(identity)) };
    },
  };
  return { reconcile: (key, signal) => reconcileSecretStore(key, context, signal) };
}
