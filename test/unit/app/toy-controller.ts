/**
 * A controller of a made-up kind, made step by step as CONTRIBUTING.md, "Add a controller", says. A Toy names a secret in AWS and a ConfigMap; its status says
 * which version of the secret it has, and which colour the ConfigMap gives. In the operator, the parts would be files of the folder src/reconcile/toy, and the
 * names of the kind would be in src/api/keytender-dialect.ts.
 */
import { z } from 'zod';
import { coreMetadata } from '../../../src/api/object/core-metadata.ts';
import { type Dialect, kindOf } from '../../../src/api/dialect.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { type KubeObject, type OwnObject, valueIn } from '../../../src/api/object/object.ts';
import { type Outcome, fail } from '../../../src/failure/failure.ts';
import { groupResource, type ResourceType } from '../../../src/api/object/resource-type.ts';
import { conditionList } from '../../../src/api/schema/conditions.ts';
import type { Right } from '../../../src/api/object/rights.ts';
import type { Identity } from '../../../src/aws/credentials/identity.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { type Key, keyOf } from '../../../src/base/key.ts';
import { priority } from '../../../src/base/priority.ts';
import { ok } from '../../../src/base/result.ts';
import type { WorkResult } from '../../../src/queue/port.ts';
import type { Controller, StartedController } from '../../../src/reconcile/shared/controller.ts';
import { columns, type KindDefinition } from '../../../src/api/schema/kind-definition.ts';
import type { Manager } from '../../../src/reconcile/shared/manager.ts';
import { done, workAfter, workAfterStatus } from '../../../src/reconcile/shared/work.ts';
import { dependantKey } from '../../../src/source/references/dependant.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { ownStore, supportingStore } from '../../../src/view/cluster-view.ts';
import { anyKind, type OwnKindDefinition } from '../../../src/view/own-kinds.ts';
import { anySupporting, type SupportingKind } from '../../../src/view/supporting-kind.ts';
import { anyFigures } from '../../../src/view/freshness/sync-rows.ts';
import { onOwn, onSupporting } from '../../../src/view/wake-rule.ts';
import type { ObjectStore } from '../../../src/watch/port.ts';
import { generationChanged } from '../../../src/watch/predicates.ts';
import { keyOfObject } from '../../../src/watch/store.ts';

// The names of the kind: src/api/keytender-dialect.ts.
export const toyDialect = {
  ...keytender,
  kinds: {
    ...keytender.kinds,
    toy: {
      group: keytender.group,
      version: 'v1alpha1',
      kind: 'Toy',
      plural: 'toys',
      singular: 'toy',
      shortNames: ['ktoy'],
      namespaced: true,
    },
  },
  schemaHashes: { ...keytender.schemaHashes, 'toys.keytender.dev': '0123456789abcdef' },
} as const satisfies Dialect;

// The schema: src/api/toy.ts.
const toySchema = z
  .object({
    spec: z
      .object({
        paint: z.string().min(1).max(512).describe('Name of the secret in AWS.'),
        colourFrom: z.string().min(1).max(253).describe('Name of the ConfigMap with the colour.'),
      })
      .describe('The desired state.'),
    status: z
      .object({
        paint: z.string().max(64).optional().describe('Version of the secret.'),
        colour: z.string().max(64).optional().describe('The colour.'),
        conditions: conditionList('Whether the toy is painted.'),
      })
      .optional()
      .describe('The observed state.'),
  })
  .describe('A toy.');

interface Toy extends OwnObject {
  readonly spec?: { readonly paint?: string; readonly colourFrom?: string };
  readonly status?: { readonly paint?: string; readonly colour?: string };
}

// definition.ts
const definition: KindDefinition = {
  schema: toySchema,
  description: 'A toy with the colour of a ConfigMap.',
  columns: [columns.ready, columns.age],
  selectableFields: [],
};

// kind.ts: what is kept, and what it reads.
function toyKind(dialect: Dialect): OwnKindDefinition<Toy> {
  return {
    type: kindOf(dialect, 'toy'),
    memoryWeight: 5,
    indexes: { colourFrom: ({ metadata, spec }) => [`${metadata.namespace}/${spec?.colourFrom}`] },
    omitted: new Map(),
    reduce: (raw) => ({ ...(raw as Toy), metadata: coreMetadata(raw.metadata) }),
    costOf: () => 1_024,
    nameOnly: ({ apiVersion, kind, metadata }, bytes) => ({ apiVersion, kind, metadata, notKept: bytes }),
  };
}

interface Colours extends KubeObject {
  readonly colour?: string;
}

export const CONFIG_MAP = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true } as const;

const colours: SupportingKind<Colours> = {
  id: 'configmaps of toys',
  type: CONFIG_MAP,
  reduce: (raw) => {
    const { apiVersion, kind, metadata, data } = raw as KubeObject & { readonly data?: Readonly<Record<string, string>> };
    const colour = valueIn(data, 'colour');
    return { apiVersion, kind, metadata: coreMetadata(metadata), ...(colour !== undefined && { colour: colour.slice(0, 64) }) };
  },
};

// rights.ts
const rights: readonly Right[] = [
  { scope: 'namespaced', apiGroup: '', resources: ['configmaps'], verbs: ['list', 'watch'], why: 'Colours are in ConfigMaps.' },
];

// context.ts
interface ToyContext extends Pick<Manager, 'client' | 'source'> {
  readonly type: ResourceType;
  readonly toys: ObjectStore<Toy>;
  readonly configMaps: ObjectStore<Colours>;
}

// reconcile.ts
const identity: Identity = { service: 'SecretsManager', region: 'eu-central-1', base: { kind: 'operator' }, roles: [] };

async function reconcileToy(key: Key, context: ToyContext, signal: AbortSignal, recorded: () => void): Promise<WorkResult> {
  const toy = context.toys.get(key);
  if (toy === undefined) {
    context.source.subscribe(dependantKey(groupResource(context.type), key), []);
    recorded();
    return done;
  }
  const paint = await readPaint(key, toy, context, signal);
  if (!paint.ok) return workAfter(paint.failure);
  const { namespace = '', name } = toy.metadata;
  const colour = context.configMaps.get(keyOf(namespace, toy.spec?.colourFrom ?? ''))?.colour;
  if (toy.status?.paint !== paint.value || toy.status.colour !== colour) {
    const status = { paint: paint.value, colour };
    const written = await context.client.mergePatch(context.type, { namespace, name }, { status }, signal, 'status');
    if (!written.ok) return workAfterStatus(written.failure);
  }
  recorded();
  return done;
}

/** The version of the secret. Subscribes the Toy to its changes. */
async function readPaint(key: Key, { spec, status }: Toy, { type, source }: ToyContext, signal: AbortSignal): Promise<Outcome<string>> {
  const reference = { identity, secretId: spec?.paint ?? '', version: { kind: 'stage', stage: 'AWSCURRENT' } } as const;
  const answers = await source.read([reference], { maxAge: ms(60_000), signal });
  const read = answers.get(referenceKey(reference)) ?? fail('AWSUnavailable', 'no answer');
  const heldVersionId = read.ok ? read.value.versionId : status?.paint;
  const held = heldVersionId === undefined ? {} : { heldVersionId };
  source.subscribe(dependantKey(groupResource(type), key), [{ reference, refreshInterval: ms(3_600_000), ...held }]);
  return read.ok ? ok(read.value.versionId) : read;
}

// controller.ts
export function toyController(dialect: Dialect): Controller {
  const kind = toyKind(dialect);
  return {
    name: `toy${dialect.metricSuffix}`,
    dialect,
    kind: anyKind(kind),
    definition,
    isEnabled: ({ restart }) => restart,
    chartCondition: '.Values.restart.enabled',
    workers: () => 2,
    sharesWorkers: false,
    watches: () => [anySupporting(colours)],
    wakes: (view, queue) => [
      onOwn<Toy>(kind.type, (event) => {
        if (generationChanged(event)) queue.add(keyOfObject(event.object), priority.change);
      }),
      onSupporting(colours, ({ object: { metadata } }) => {
        const users = ownStore<Toy>(view, kind.type).byIndex('colourFrom', `${metadata.namespace}/${metadata.name}`);
        for (const toy of users) queue.add(keyOfObject(toy), priority.change);
      }),
    ],
    requires: { always: [groupResource(kind.type), colours.id], sometimes: [] },
    subscribes: true,
    figures: anyFigures<Toy>({ ageOf: () => ({ refreshedAt: undefined, isRefreshed: true }) }),
    rights,
    start: (manager) => start(dialect, manager),
  };
}

function start(dialect: Dialect, { view, client, source }: Manager): StartedController {
  const type = kindOf(dialect, 'toy');
  const context: ToyContext = { type, client, source, toys: ownStore(view, type), configMaps: supportingStore(view, colours) };
  return { reconcile: (key, signal, recorded) => reconcileToy(key, context, signal, recorded) };
}
