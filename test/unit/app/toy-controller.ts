/**
 * A controller of a made-up kind, made by the steps of CONTRIBUTING.md, "Add a controller". It writes the colour of each Toy to its status.
 */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { coreMetadata } from '../../../src/api/core-metadata.ts';
import type { OwnObject } from '../../../src/api/object.ts';
import { keyOf } from '../../../src/base/key.ts';
import { priority } from '../../../src/base/priority.ts';
import type { Controller } from '../../../src/reconcile/shared/controller.ts';
import { done, workAfterStatus } from '../../../src/reconcile/shared/work.ts';
import { ownKind } from '../../../src/view/cluster-view.ts';
import { anyKind } from '../../../src/view/own-kinds.ts';
import { wakeRule } from '../../../src/view/wake-rule.ts';
import { generationChanged } from '../../../src/watch/predicates.ts';

export const TOY = {
  group: keytender.group,
  version: 'v1alpha1',
  kind: 'Toy',
  plural: 'toys',
  singular: 'toy',
  shortNames: [],
  namespaced: true,
} as const;

interface Toy extends OwnObject {
  readonly spec?: { readonly colour?: string };
  readonly status?: { readonly colour?: string };
}

export const toyController: Controller = {
  name: 'toy',
  kind: anyKind<Toy>({
    type: TOY,
    memoryWeight: 5,
    omitted: new Map(),
    reduce: (raw) => ({ ...(raw as Toy), metadata: coreMetadata(raw.metadata) }),
    costOf: () => 1_024,
    nameOnly: ({ apiVersion, kind, metadata }, bytes) => ({ apiVersion, kind, metadata, notKept: bytes }),
  }),
  isEnabled: () => true,
  workers: () => 2,
  sharesWorkers: false,
  watches: () => ['Secret'],
  wakes: (view, queue) => [
    wakeRule<Toy>('Toy', (event) => {
      if (generationChanged(event)) queue.add(keyOf(event.object.metadata.namespace ?? '', event.object.metadata.name), priority.change);
    }),
    wakeRule('Secret', ({ object: { metadata } }) => {
      const key = keyOf(metadata.namespace ?? '', metadata.name);
      if (ownKind(view.own, 'Toy').store.get(key) !== undefined) queue.add(key, priority.change);
    }),
  ],
  rights: [{ scope: 'namespaced', apiGroup: '', resources: ['configmaps'], verbs: ['get'], why: 'Colours are in a ConfigMap.' }],
  start: ({ view, client }) => ({
    reconcile: async (key, signal) => {
      const toy: Toy | undefined = ownKind(view.own, 'Toy').store.get(key);
      if (toy === undefined || toy.status?.colour === toy.spec?.colour) return done;
      const { namespace = '', name } = toy.metadata;
      const written = await client.mergePatch(TOY, { namespace, name }, { status: { colour: toy.spec?.colour } }, signal, 'status');
      return written.ok ? done : workAfterStatus(written.failure);
    },
  }),
};
