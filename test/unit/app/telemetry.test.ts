import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import type { ExternalSecretStatus } from '../../../src/api/schema/external-secret-status.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { rowKinds } from '../../../src/app/from-controllers.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import { SyncRows } from '../../../src/view/freshness/sync-rows.ts';
import type { WatchEvent } from '../../../src/watch/port.ts';
import { syncProbe } from '../../../src/app/telemetry.ts';
import { type Ms, ms } from '../../../src/base/time/clock.ts';
import { type Key, keyOf } from '../../../src/base/key.ts';
import type { Freshness } from '../../../src/source/references/dependant-freshness.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { object } from '../resolve/entries.ts';
import type { DependantKey } from '../../../src/source/port.ts';
import { dependantOf } from '../../../src/source/references/dependant.ts';

const MINUTE = 60_000;

function handle(rows: SyncRows, plural: string, event: WatchEvent<ExternalSecretObject | StoreObject>): void {
  rows.handlerOf(`${plural}.keytender.dev`)?.(event);
}

function resource(name: string, status: ExternalSecretStatus | undefined): ExternalSecretObject {
  return { ...object('ExternalSecret', name, 'team'), spec: {}, ...(status && { status }) };
}

function probe(
  statuses: Readonly<Record<string, ExternalSecretStatus | undefined>>,
  engine: () => { startedAt: Ms; freshness(dependant: DependantKey): Freshness | undefined } | undefined = () => undefined,
) {
  const rows = new SyncRows(rowKinds(controllersOf(keytender)));
  for (const [name, status] of Object.entries(statuses)) handle(rows, 'externalsecrets', { type: 'added', object: resource(name, status) });
  return syncProbe(rows, engine, new TimeSlices().worker(''));
}

const ready = (reason: string): ExternalSecretStatus => ({
  conditions: [{ type: 'Ready', status: 'True', reason, message: '', lastTransitionTime: '' }],
});
const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

describe('syncProbe', () => {
  it('counts resources by reason, Pending for those that have none, as they come, change and go', () => {
    const rows = new SyncRows(rowKinds(controllersOf(keytender)));
    const counting = syncProbe(rows, () => undefined, new TimeSlices().worker(''));
    const found = () => Object.fromEntries(counting.reasons());
    const tell = (type: 'added' | 'modified' | 'deleted', name: string, status?: ExternalSecretStatus) =>
      handle(rows, 'externalsecrets', { type, object: resource(name, status) });
    tell('added', 'a', ready('SecretSynced'));
    tell('added', 'b');
    tell('added', 'c', {});
    expect(found()).toEqual({ SecretSynced: 1, Pending: 2 });
    tell('modified', 'b', ready('SecretSynced'));
    tell('modified', 'a', ready('AccessDenied'));
    expect(found()).toEqual({ SecretSynced: 1, AccessDenied: 1, Pending: 1 });
    tell('deleted', 'a', ready('SecretSynced'));
    tell('deleted', 'c');
    expect(found()).toEqual({ SecretSynced: 1 });
    expect([...rows.rows()].map(({ name }) => name)).toEqual(['b']);
  });

  it('counts as one all reasons that are not of the catalogue, which tenants may write into statuses', () => {
    const statuses = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`es-${index}`, ready(`R${index}`)]));
    expect([...probe({ ...statuses, odd: ready('constructor'), good: ready('SecretSynced') }).reasons()]).toEqual([
      ['other', 21],
      ['SecretSynced', 1],
    ]);
  });

  it('counts the conditions of stores that are False, by kind, as they come, change and go', () => {
    const rows = new SyncRows(rowKinds(controllersOf(keytender)));
    const store = (
      kind: string,
      name: string,
      conditions: readonly (readonly [type: string, status: 'True' | 'False', reason: string])[],
    ) => ({
      ...object(kind, name, kind === 'SecretStore' ? 'team' : ''),
      spec: {},
      status: { conditions: conditions.map(([type, status, reason]) => ({ type, status, reason, message: '', lastTransitionTime: '' })) },
    });
    const counting = syncProbe(rows, () => undefined, new TimeSlices().worker(''));
    const away = store('SecretStore', 'away', [
      ['Ready', 'True', 'StoreValid'],
      ['Available', 'False', 'AWSUnavailable'],
    ]);
    const keyless = store('ClusterSecretStore', 'keyless', [['Ready', 'False', 'CredentialsMissing']]);
    handle(rows, 'secretstores', { type: 'added', object: store('SecretStore', 'well', [['Ready', 'True', 'StoreValid']]) });
    handle(rows, 'secretstores', { type: 'added', object: away });
    handle(rows, 'secretstores', { type: 'added', object: { ...away, metadata: { ...away.metadata, name: 'second' } } });
    handle(rows, 'secretstores', { type: 'added', object: { ...object('SecretStore', 'new', 'team'), spec: {} } });
    handle(rows, 'clustersecretstores', { type: 'added', object: keyless });
    expect([...counting.failingStores()]).toEqual([
      [{ kind: 'SecretStore', condition: 'Available', reason: 'AWSUnavailable' }, 2],
      [{ kind: 'ClusterSecretStore', condition: 'Ready', reason: 'CredentialsMissing' }, 1],
    ]);
    handle(rows, 'secretstores', { type: 'modified', object: store('SecretStore', 'away', [['Available', 'True', 'AWSAvailable']]) });
    handle(rows, 'clustersecretstores', { type: 'deleted', object: keyless });
    expect([...counting.failingStores()]).toEqual([[{ kind: 'SecretStore', condition: 'Available', reason: 'AWSUnavailable' }, 1]]);
  });

  it('shows no object and counts no store of another shard', () => {
    const rows = new SyncRows(rowKinds(controllersOf(keytender)), (key) => key !== keyOf('team', 'theirs'));
    const counting = syncProbe(rows, () => undefined, new TimeSlices().worker(''));
    const condition = { type: 'Ready', status: 'False', reason: 'AccessDenied', message: '', lastTransitionTime: '' } as const;
    for (const name of ['ours', 'theirs']) {
      handle(rows, 'externalsecrets', { type: 'added', object: resource(name, ready('SecretSynced')) });
      handle(rows, 'secretstores', {
        type: 'added',
        object: { ...object('SecretStore', name, 'team'), spec: {}, status: { conditions: [condition] } },
      });
    }
    expect([...counting.reasons()]).toEqual([['SecretSynced', 1]]);
    expect([...counting.failingStores()]).toEqual([[{ kind: 'SecretStore', condition: 'Ready', reason: 'AccessDenied' }, 1]]);
    expect([...rows.rows()].map(({ name }) => name)).toEqual(['ours']);
    handle(rows, 'externalsecrets', { type: 'deleted', object: resource('theirs', ready('SecretSynced')) });
    expect([...counting.reasons()]).toEqual([['SecretSynced', 1]]);
  });

  const well = { ...ready('SecretSynced'), refreshTime: ago(9 * MINUTE) };

  it('gives the times of what this process has confirmed, and counts the others that are to be refreshed', async () => {
    const now = Date.now();
    const known = new Map<Key, Freshness>([
      [keyOf('team', 'confirmed'), ms(now - MINUTE)],
      [keyOf('team', 'ahead'), ms(now + MINUTE)],
      [keyOf('team', 'asked'), 'unconfirmed'],
      [keyOf('team', 'pinned'), 'unrefreshed'],
    ]);
    const statuses = { ahead: well, confirmed: well, asked: well, pinned: well, new: undefined };
    const found = await probe(statuses, () => ({
      startedAt: ms(0),
      freshness: (dependant) => known.get(dependantOf(dependant).key),
    })).ages();
    expect(found).toEqual({
      at: [now + MINUTE, now - MINUTE],
      stalest: [
        { namespace: 'team', name: 'confirmed', at: now - MINUTE },
        { namespace: 'team', name: 'ahead', at: now + MINUTE },
      ],
      unconfirmed: 2,
    });
  });

  it('gives no age and counts nothing where this process does not lead', async () => {
    const found = probe({ a: well, b: { ...ready('AccessDenied'), refreshTime: ago(MINUTE) }, c: undefined });
    expect(await found.ages()).toEqual({ at: [], stalest: [], unconfirmed: 0 });
  });

  it('names the hundred stalest of ten thousand, and looks once for all who ask at the same time', async () => {
    const statuses = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`r${(index * 7_919) % 10_000}`, well]));
    let asked = 0;
    const freshness = (dependant: DependantKey): Ms => {
      asked += 1;
      return ms(1_000 + Number(dependantOf(dependant).key.slice('team/r'.length)));
    };
    const found = probe(statuses, () => ({ startedAt: ms(0), freshness }));
    const [first, second] = await Promise.all([found.ages(), found.ages()]);
    expect([first === second, asked, first.at.length]).toEqual([true, 10_000, 10_000]);
    expect(first.stalest.map(({ name }) => name)).toEqual(Array.from({ length: 100 }, (_, index) => `r${index}`));
  });
});
