// The digest of the inputs: records of earlier versions must stay valid, or an upgrade would read and write everything once.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { digestParts } from '../../../../src/base/digest.ts';
import { keyOf } from '../../../../src/base/key.ts';
import { subjectOf } from '../../../../src/reconcile/external-secret/subject.ts';
import type { ResolvedStore } from '../../../../src/resolve/store/resolve-store.ts';
import { onlyStore, planned, type StoreOf } from '../../resolve/entries.ts';
import { subject } from './subjects.ts';

const digestKey = { id: 'k1', bytes: Buffer.alloc(32, 1) };
const context = { dialect: keytender, controller: 'externalsecrets.keytender.dev', defaultRefreshInterval: ms(60_000), digestKey };
const { resource } = subject();
const spec = { secretStoreRef: { name: 's' }, data: ['a', 'b', 'c'].map((secretKey) => ({ secretKey, remoteRef: { key: 'db' } })) };

const inputsOf = (storeOf: StoreOf) =>
  subjectOf(keyOf('team', 'orders'), resource, spec, planned(spec, storeOf), undefined, context).inputs;

describe('the digest of the inputs', () => {
  it('is that of the generation and the one store of all entries, as it always was', () => {
    expect(inputsOf(onlyStore({ uid: 'u1', generation: 7 }))).toBe(digestParts(digestKey, ['3', 'SecretStore', 'u1', '7']));
  });

  it('holds each of several stores, once, in the order in which entries name them', () => {
    const stores = [
      { uid: 'u1', generation: 7 },
      { uid: 'u2', generation: 1, kind: 'ClusterSecretStore' as const },
    ].map((facts: Partial<ResolvedStore>) => onlyStore(facts));
    const storeOf: StoreOf = (named) => stores[named.secretKey === 'b' ? 1 : 0]!(named);
    expect(inputsOf(storeOf)).toBe(digestParts(digestKey, ['3', 'SecretStore', 'u1', '7', 'ClusterSecretStore', 'u2', '1']));
  });
});
