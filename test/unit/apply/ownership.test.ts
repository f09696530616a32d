import { describe, expect, it } from '@jest/globals';
import { installation } from '../../../src/api/installation.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { SecretObject } from '../../../src/api/object/object.ts';
import { ownershipProblem } from '../../../src/apply/ownership.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import type { WriteRecord } from '../../../src/apply/port.ts';
import type { WriteRequest } from '../../../src/apply/write-request.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { contentId, request, secretIn, strangers } from './requests.ts';

const record = (writer: string, keys?: readonly string[]): WriteRecord => ({
  writer,
  inputs: 'i',
  content: contentId('k1:x'),
  sources: [],
  ...(keys === undefined ? {} : { keys }),
});

/** A Secret with records of these writers: uid, name, and the keys it wrote where it merged. */
function recorded(records: readonly (readonly [uid: string, writer: string, keys?: readonly string[]])[], metadata: object = {}) {
  const api = new MemoryApi();
  const annotations = Object.fromEntries(
    records.map(([uid, writer, keys]) => [keytender.records.annotation(uid), keytender.records.serialise(record(writer, keys))]),
  );
  strangers(api, { theirs: 'x' }, { annotations, ...metadata });
  return secretIn(api)!;
}

const problemOf = (live: SecretObject | undefined, wanted: WriteRequest) =>
  ownershipProblem(live, recordsOn(keytender.records, live?.metadata.annotations), wanted);

const owner = (uid: string, controller = true) => ({ apiVersion: 'v1', kind: 'Thing', name: 'app', uid, controller });
const living: Partial<WriteRequest> = { isWriter: (uid) => uid === 'es-orders' || uid === 'es-living' };

describe.each(['Owner', 'Orphan'] as const)('ownershipProblem, policy %s', (policy) => {
  const problem = (live: Parameters<typeof ownershipProblem>[0]) => problemOf(live, request({}, { policy, ...living }))?.reason;

  it('may create what is not there', () => {
    expect(problem(undefined)).toBeUndefined();
  });

  it('may write what it made', () => {
    expect(problem(recorded([['es-orders', 'orders']]))).toBeUndefined();
    expect(problem(recorded([], { ownerReferences: [owner('es-orders')] }))).toBeUndefined();
  });

  it('may take over from an ExternalSecret of its name that is gone', () => {
    expect(problem(recorded([['es-gone', 'orders']]))).toBeUndefined();
  });

  it('leaves alone what it did not make', () => {
    expect(problem(recorded([]))).toBe('TargetNotOwned');
    expect(problem(recorded([['es-gone', 'another']]))).toBe('TargetNotOwned');
    expect(problem(recorded([], { labels: { [keytender.labels.managed]: 'true' } }))).toBe('TargetNotOwned');
    expect(problem(recorded([], { ownerReferences: [owner('es-orders', false)] }))).toBe('TargetNotOwned');
  });

  it('leaves alone what belongs to others', () => {
    expect(problem(recorded([['es-orders', 'orders']], { ownerReferences: [owner('app')] }))).toBe('TargetOwnedByOther');
    expect(problem(recorded([['es-living', 'living']]))).toBe('TargetOwnedByOther');
    expect(problem(recorded([['es-living', 'orders']]))).toBe('TargetOwnedByOther');
  });

  it('does not make a Secret its own by having merged keys into it', () => {
    expect(problem(recorded([['es-orders', 'orders', ['password']]]))).toBe('TargetNotOwned');
    expect(problem(recorded([['es-gone', 'orders', ['password']]]))).toBe('TargetNotOwned');
  });
});

const mergeProblem = (live: Parameters<typeof ownershipProblem>[0]) =>
  problemOf(live, request({ values: { password: 'one' } }, { policy: 'Merge', ...living }))?.reason;

describe('ownershipProblem, policy Merge', () => {
  it('writes into a Secret of anybody, if there is one', () => {
    expect(mergeProblem(undefined)).toBe('TargetMissing');
    expect(mergeProblem(recorded([]))).toBeUndefined();
    expect(mergeProblem(recorded([], { ownerReferences: [owner('app')] }))).toBeUndefined();
    expect(mergeProblem(recorded([['es-living', 'living', ['user']]]))).toBeUndefined();
  });

  it('says which field gives a key that another writes, but not the key, which may be part of a value', () => {
    const message = problemOf(recorded([['es-living', 'living', ['password']]]), request({}, { policy: 'Merge', ...living }))?.message;
    expect(message).toBe('dataFrom[0]: ExternalSecret "living" writes the same key to Secret "database"');
  });

  it('leaves keys alone that a living writer has, but not those of one that is gone', () => {
    expect(mergeProblem(recorded([['es-living', 'living', ['password']]]))).toBe('MergeKeyConflict');
    expect(mergeProblem(recorded([['es-living', 'living']]))).toBe('TargetOwnedByOther');
    expect(mergeProblem(recorded([['es-gone', 'gone', ['password']]]))).toBeUndefined();
    expect(mergeProblem(recorded([['es-gone', 'gone']]))).toBeUndefined();
  });
});

describe('ownershipProblem, whatever the policy', () => {
  it.each(['Owner', 'Orphan', 'Merge'] as const)('refuses the digest key and tokens to %s', (policy) => {
    const reserved = { policy, secretName: installation.digestKeySecret };
    expect(problemOf(undefined, request({}, reserved))?.reason).toBe('TargetReserved');
    for (const type of ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1']) {
      const token = { ...recorded([['es-orders', 'orders']]), type };
      expect(problemOf(token, request({}, { policy }))?.reason).toBe('TargetReserved');
    }
  });

  it('quotes names only', () => {
    const message = problemOf(recorded([]), request())?.message;
    expect(message).toBe('Secret "database" exists already and was not created by Keytender');
  });
});
