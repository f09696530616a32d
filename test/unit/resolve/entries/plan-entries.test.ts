// Stores and checks of the references of one resource: one outcome for each, in their order, before anything is read.
import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretSpec, StoreRef } from '../../../../src/api/schema/external-secret.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { referencesOf } from '../../../../src/reconcile/external-secret/sources/references.ts';
import { CredentialCache } from '../../../../src/resolve/credentials/credential-cache.ts';
import { leadingFailure } from '../../../../src/resolve/entries/entry-outcomes.ts';
import { planEntries } from '../../../../src/resolve/entries/plan-entries.ts';
import type { ResolveStoreContext } from '../../../../src/resolve/store/resolve-store.ts';
import { Store } from '../../../../src/watch/store.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { said } from '../../../support/said.ts';
import { clusterStore, store } from '../entries.ts';

const signal = new AbortController().signal;
const defaultRef = { name: 'aws' };

/** A SecretStore `aws`, a SecretStore `parameters` and a ClusterSecretStore `aws`, which lets names below `app/` be read. */
function context(asked: string[] = []): ResolveStoreContext {
  const parameters = store({ service: 'ParameterStore' });
  const limited = clusterStore({});
  return {
    secretStores: listening([store({}), { ...parameters, metadata: { ...parameters.metadata, name: 'parameters' } }], asked),
    clusterSecretStores: listening([{ ...limited, spec: { ...(limited.spec as object), allowedKeys: ['app/*'] } }], asked),
    namespaces: listening<KubeObject>([], asked),
    credentials: new CredentialCache(new MemoryApi()),
    allowOperatorIdentity: true,
  };
}

function listening<T extends KubeObject>(objects: readonly T[], asked: string[]): Store<T> {
  const made = new (class extends Store<T> {
    override get(key: Parameters<Store<T>['get']>[0]): T | undefined {
      asked.push(key);
      return super.get(key);
    }
  })();
  made.replace(objects);
  return made;
}

const entry = (secretKey: string, key: string, version?: string) => ({
  secretKey,
  remoteRef: { key, ...(version !== undefined && { version }) },
});

/** `stores`: those that entries name, by the key that they give. */
async function plan(data: ExternalSecretSpec['data'], stores: Readonly<Record<string, StoreRef>> = {}, asked: string[] = []) {
  const references = referencesOf({ secretStoreRef: defaultRef, data }).map((named) => {
    const storeRef = stores[named.secretKey ?? ''];
    return storeRef === undefined ? named : { ...named, storeRef };
  });
  const scope = { namespace: 'team', defaultRef, work: new TimeSlices().worker('team', signal) };
  return await planEntries(references, scope, context(asked), signal);
}

const shared = { kind: 'ClusterSecretStore', name: 'aws' } as const;
const parameters = { name: 'parameters' };

describe('planEntries', () => {
  it('says of each reference whether its store, its meaning or the limits of its store stand in the way', async () => {
    const data = [entry('a', 'db'), entry('b', 'db:1', '2'), entry('c', 'db'), entry('d', 'db'), entry('e', 'app/db')];
    const { entries, outcomes } = await plan(data, { b: parameters, c: shared, d: { name: 'none' }, e: shared });
    expect(outcomes.map((outcome) => [outcome.entry.secretKey, outcome.kind === 'failed' ? outcome.step : outcome.kind])).toEqual([
      ['a', 'not-evaluated'],
      ['b', 'reference'],
      ['c', 'allowed-keys'],
      ['d', 'store'],
      ['e', 'not-evaluated'],
    ]);
    expect(entries.map(({ secretKey, store: { kind }, reference }) => [secretKey, kind, reference.identity.service])).toEqual([
      ['a', 'SecretStore', 'SecretsManager'],
      ['b', 'SecretStore', 'ParameterStore'],
      ['c', 'ClusterSecretStore', 'SecretsManager'],
      ['e', 'ClusterSecretStore', 'SecretsManager'],
    ]);
  });

  it('tells one failure, the earliest in the order of the steps, with where it is and how many others there are', async () => {
    const tell = async (...args: Parameters<typeof plan>) => {
      const failure = leadingFailure((await plan(...args)).outcomes);
      return failure && said(failure);
    };
    const contradictory = [entry('a', 'db'), entry('b', 'db:1', '2')];
    const limited = { a: shared, b: parameters };
    expect(await tell(contradictory, limited)).toBe(
      'data[1]: the key asks for version "1" and the field for "2": leave one of them out (and 1 other entry)',
    );
    expect(await tell([entry('a', 'db'), entry('b', 'db')], { a: shared, b: shared })).toBe(
      'data[0]: key "db" matches no spec.allowedKeys of ClusterSecretStore "aws" (and 1 other entry)',
    );
    // The store is named, and not each of its entries.
    expect(await tell([...contradictory, entry('c', 'db')], { ...limited, c: { name: 'none' } })).toBe('SecretStore "none" does not exist');
    expect(await tell([entry('a', 'db')])).toBeUndefined();
  });

  it('resolves each store once, and none that no reference names', async () => {
    const asked: string[] = [];
    await plan([entry('a', 'db'), entry('b', 'db'), entry('c', 'db')], { a: parameters, b: parameters, c: parameters }, asked);
    expect(asked).toEqual(['team/parameters']);
  });
});

describe('referencesOf', () => {
  it('names no store where an entry names the default one, so that both spellings have one record', () => {
    const named = (name: string) => ({ ...entry('a', 'db'), sourceRef: { storeRef: { name, kind: 'SecretStore' as const } } });
    const references = referencesOf({ secretStoreRef: defaultRef, data: [named('aws'), named('other'), entry('a', 'db')] });
    expect(references.map(({ storeRef }) => storeRef)).toEqual([undefined, { name: 'other', kind: 'SecretStore' }, undefined]);
  });
});
