/** ExternalSecrets of which a namespace has more than it may have kept, in a view with little memory. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { createClusterView, ownKind } from '../../../src/view/cluster-view.ts';
import { kindsOf } from '../../../src/view/own-kinds.ts';
import type { OwnKind } from '../../../src/view/own-kind.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';

export const MIB = 1024 * 1024;
const LARGE = 'x'.repeat(MIB);

interface Shape {
  readonly namespace?: string;
  readonly version?: number;
  readonly text?: string;
}

export function raw(name: string, { namespace = 'team', version = 1, text = LARGE }: Shape = {}): KubeObject {
  const metadata = {
    name,
    namespace,
    uid: `uid-${name}`,
    resourceVersion: `${version}`,
    generation: version,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const data = [{ secretKey: 'k', remoteRef: { key: text } }];
  const spec = { secretStoreRef: { name: 'aws' }, target: { name: `target-${name}` }, data };
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'SecretSynced',
    message: 'fine',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const status = { binding: { name: 'b' }, conditions: [ready, { ...ready, type: 'Restarted' }] };
  return { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', metadata, spec, status } as KubeObject;
}

export function ownKindWorld(memory = 20 * MIB) {
  const view = createClusterView({ kinds: kindsOf(keytender), supporting: [], memory });
  const kind = ownKind(view, keytender.kinds.externalSecret) as unknown as OwnKind<ExternalSecretObject>;
  const work = new TimeSlices().worker('');
  const events: WatchEvent<ExternalSecretObject>[] = [];
  const tell = (told: readonly WatchEvent<ExternalSecretObject>[]): void => {
    for (const event of told) {
      kind.released(event);
      events.push(event);
    }
  };
  return {
    view,
    kind,
    events,
    see: (type: 'added' | 'modified' | 'deleted', object: KubeObject) => tell(kind.store.apply(type, kind.take(object))),
    list: async (objects: readonly KubeObject[]) => {
      tell(kind.store.replace(objects.map(kind.take)));
      await kind.listed('', work);
    },
    kept: () => [...kind.store.list()].filter(({ notKept }) => notKept === undefined).map(({ metadata }) => metadata.name),
  };
}

/** Of the namespace `team`, which has room for five of them. */
export const ten = Array.from({ length: 10 }, (_, index) => raw(`o${index}`));
