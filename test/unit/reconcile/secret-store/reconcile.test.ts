import { describe, expect, it } from '@jest/globals';
import { fail, failure, type Outcome } from '../../../../src/failure/failure.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../../src/api/object/object.ts';
import type { StoreObject, StoreStatus } from '../../../../src/api/schema/secret-store.ts';
import { keyOf } from '../../../../src/base/key.ts';
import { ok } from '../../../../src/base/result.ts';
import { OwnStatuses } from '../../../../src/reconcile/shared/own-statuses.ts';
import { reconcileSecretStore } from '../../../../src/reconcile/secret-store/reconcile.ts';
import { CredentialCache } from '../../../../src/resolve/credentials/credential-cache.ts';
import type { EventsFinding, StoreReadState } from '../../../../src/status/store-status.ts';
import { createLogger } from '../../../../src/telemetry/log/logger.ts';
import { Store } from '../../../../src/watch/store.ts';
import type { ObjectReference } from '../../../../src/watch/port.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { store } from '../../resolve/entries.ts';

const type = keytender.kinds.secretStore;
const key = keyOf('team', 'aws');
const ref = (part: string) => ({ name: 'aws-key', key: part });
const auth = { secretRef: { accessKeyIDSecretRef: ref('id'), secretAccessKeySecretRef: ref('secret') } };

class Scene {
  readonly api = new MemoryApi();
  readonly stores = new Store<StoreObject>();
  readonly ownStatuses = new OwnStatuses<StoreStatus>();
  readonly events: string[] = [];
  readonly results: string[] = [];
  watched: readonly ObjectReference[] = [];
  changeEvents: EventsFinding = { kind: 'none' };
  reading: StoreReadState = { availability: 'unknown', batch: 'unknown' };
  answer: Outcome<{ readonly identityName: string }> = ok({ identityName: 'AKIA' });
  readonly #credentials = new CredentialCache(this.api);
  readonly clock = new FakeClock();

  constructor(aws: object = { auth }, more: object = {}) {
    const { metadata, spec } = store(aws);
    this.api.put(type, { metadata: { name: metadata.name, namespace: 'team' }, spec: { ...Object(spec), ...more } });
    this.api.put(builtin.secret, { metadata: { name: 'aws-key', namespace: 'team' }, data: { id: 'QQ==', secret: 'QQ==' } });
  }

  /** The cache sees what there is now. */
  observe(): void {
    this.stores.replace(this.api.all(type).map((raw) => raw as KubeObject as StoreObject));
  }

  reconcile() {
    this.observe();
    return this.reconcileAtOnce();
  }

  /** The cache has not seen anything since the last time. */
  reconcileAtOnce() {
    return reconcileSecretStore(
      key,
      {
        dialect: keytender,
        type,
        resources: this.stores,
        shareOf: () => ({ held: 19 * 1024 * 1024, most: 20 * 1024 * 1024 }),
        ownStatuses: this.ownStatuses,
        stores: { credentials: this.#credentials, allowOperatorIdentity: false },
        secrets: { verifyCredentials: () => Promise.resolve(this.answer) },
        client: this.api,
        referenced: { declare: (_key, objects) => void (this.watched = objects) },
        changeEvents: () => this.changeEvents,
        reading: () => this.reading,
        events: { record: ({ type: kind, reason }) => void this.events.push(`${kind} ${reason}`) },
        metrics: { synced: (_kind, reason) => void this.results.push(reason), secretWritten: () => undefined },
        clock: this.clock,
        logger: createLogger({ level: 'error', format: 'json', stream: { write: () => undefined } }),
      },
      new AbortController().signal,
    );
  }

  get status() {
    return (this.api.find(type, 'team', 'aws') as KubeObject as StoreObject | undefined)?.status;
  }
}

describe('reconcileSecretStore', () => {
  it('says a thing once, also when it is called again before the cache shows what it wrote', async () => {
    const scene = new Scene();
    scene.changeEvents = { kind: 'received', message: 'changes are told by queue "changes"' };
    await scene.reconcile();
    await scene.reconcileAtOnce();
    expect(scene.events).toEqual(['Normal StoreValid', 'Normal EventsReceived']);
    expect(scene.api.writes.length).toBe(1);
    scene.changeEvents = { kind: 'failed', failure: failure('EventsQueueFailing', 'no') };
    await scene.reconcile();
    expect(scene.events.at(-1)).toBe('Warning EventsQueueFailing');
  });

  it('tells once that AWS is not available, and once that it is again; nothing while all is well', async () => {
    const scene = new Scene();
    scene.reading = { availability: 'available', batch: 'granted' };
    await scene.reconcile();
    const outage = failure('AWSUnavailable', 'Secrets Manager in eu-central-1 gave no usable answer');
    for (const availability of [outage, outage, 'unknown', 'available', 'available'] as const) {
      scene.reading = { availability, batch: 'granted' };
      await scene.reconcile();
    }
    expect(scene.events).toEqual(['Normal StoreValid', 'Warning AWSUnavailable', 'Normal AWSAvailable']);
    expect(scene.api.writes.length).toBe(3);
    expect(scene.status?.conditions).toMatchObject([{ type: 'Ready' }, { type: 'Available', status: 'True', reason: 'AWSAvailable' }]);
  });

  it('says which permission would make reading cheaper, once, also after a restart', async () => {
    const scene = new Scene();
    for (const batch of ['denied', 'unknown', 'denied'] as const) {
      scene.reading = { availability: 'available', batch };
      await scene.reconcile();
    }
    expect(scene.events).toEqual(['Normal StoreValid', 'Warning BatchReadsDenied']);
    expect(scene.status?.conditions?.find(({ type: one }) => one === 'BatchReads')?.message).toContain(
      'secretsmanager:BatchGetSecretValue',
    );
    scene.reading = { availability: 'available', batch: 'granted' };
    await scene.reconcile();
    expect(scene.events.at(-1)).toBe('Normal BatchReadsGranted');
  });

  it('says which permission lists need, once, where the store asks for lists', async () => {
    for (const [more, warnings] of [
      [{}, []],
      [{ changeDetection: { type: 'List', maxAge: '1h' } }, ['Warning ListDenied']],
    ] as const) {
      const scene = new Scene({ auth }, more);
      for (const lists of ['denied', 'unknown', 'denied'] as const) {
        scene.reading = { availability: 'available', batch: 'granted', lists };
        await scene.reconcile();
      }
      expect(scene.events).toEqual(['Normal StoreValid', ...warnings]);
      const said = scene.status?.conditions?.find(({ type: one }) => one === 'Lists');
      expect(said?.message.includes('secretsmanager:ListSecrets')).toBe(warnings.length === 0 ? undefined : true);
      scene.reading = { availability: 'available', batch: 'granted', lists: 'granted' };
      await scene.reconcile();
      expect(scene.events.slice(1)).toEqual(warnings.flatMap((warning) => [warning, 'Normal ListGranted']));
    }
  });

  it('says what reading costs when that has moved by a fifth, and not more than once an hour', async () => {
    const scene = new Scene();
    const costs: (string | undefined)[] = [];
    for (const [low, minutes] of [
      [0.001, 0],
      [5, 0],
      [9, 30],
      [5.5, 31],
      [6.1, 1],
    ] as const) {
      await scene.clock.advance(minutes * 60_000);
      scene.reading = { availability: 'available', batch: 'granted', cost: { low, high: low * 20 } };
      await scene.reconcile();
      costs.push(scene.status?.estimatedMonthlyCost?.low);
    }
    expect(costs).toEqual([undefined, '5.00', '5.00', '5.00', '6.10']);
    expect(scene.status?.estimatedMonthlyCost?.high).toBe('122.00');
  });

  it('says as whom secrets are read, once, and watches the credentials', async () => {
    const scene = new Scene();
    for (let round = 0; round < 3; round += 1) expect(await scene.reconcile()).toEqual({ kind: 'requeue', after: 3_600_000 });
    expect(scene.status).toMatchObject({ identity: 'AKIA', conditions: [{ reason: 'StoreValid', status: 'True' }] });
    expect([scene.api.writes.length, scene.events, scene.results]).toEqual([
      1,
      ['Normal StoreValid'],
      ['StoreValid', 'StoreValid', 'StoreValid'],
    ]);
    expect(scene.watched.map(({ name }) => name)).toEqual(['aws-key', 'aws-key']);
  });

  it('tells a failure and its end, and tries again only what may pass', async () => {
    const scene = new Scene();
    scene.answer = fail('AssumeRoleDenied', 'may not');
    expect(await scene.reconcile()).toEqual({ kind: 'retry' });
    expect(await scene.reconcile()).toEqual({ kind: 'retry' });
    scene.answer = ok({ identityName: 'role' });
    expect((await scene.reconcile()).kind).toBe('requeue');
    expect(scene.events).toEqual(['Warning AssumeRoleDenied', 'Normal StoreValid']);

    const denied = new Scene({});
    expect(await denied.reconcile()).toEqual({ kind: 'done' });
    expect(denied.status).toMatchObject({ conditions: [{ reason: 'OperatorIdentityDenied', status: 'False' }] });
  });

  it('writes the status for a new generation without telling people again', async () => {
    const scene = new Scene();
    await scene.reconcile();
    scene.api.edit(type, 'team', 'aws', { spec: { provider: { aws: { prefix: 'prod/' } } } });
    await scene.reconcile();
    expect([scene.status?.observedGeneration, scene.events.length]).toEqual([2, 1]);
  });

  it('says how it stands with change events, keeps that while nothing is known, and takes it back', async () => {
    const scene = new Scene();
    scene.changeEvents = { kind: 'received', message: 'changes are told by queue "a"' };
    expect((await scene.reconcile()).kind).toBe('requeue');
    expect(scene.status?.conditions).toMatchObject([{ type: 'Ready' }, { type: 'Events', status: 'True', reason: 'EventsReceived' }]);
    scene.changeEvents = { kind: 'unknown' };
    expect([(await scene.reconcile()).kind, scene.api.writes.length]).toEqual(['requeue', 1]);
    scene.changeEvents = { kind: 'failed', failure: failure('EventsIncomplete', 'a change was found without an event') };
    await scene.reconcile();
    expect(scene.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'True' },
      { type: 'Events', status: 'False', reason: 'EventsIncomplete', message: expect.stringContaining('EventBridge rule') },
    ]);
    scene.changeEvents = { kind: 'none' };
    await scene.reconcile();
    expect(scene.status?.conditions).toMatchObject([{ type: 'Ready' }]);
    expect(scene.status?.conditions).toHaveLength(1);
    expect(scene.events).toEqual(['Normal StoreValid', 'Normal EventsReceived', 'Warning EventsIncomplete']);
  });

  it('forgets a store that is gone', async () => {
    const scene = new Scene();
    await scene.reconcile();
    scene.api.remove(type, 'team', 'aws');
    expect([await scene.reconcile(), scene.watched]).toEqual([{ kind: 'done' }, []]);
  });

  it.each([
    ['conflict', { kind: 'retry' }],
    ['unavailable', { kind: 'retry' }],
    ['not-found', { kind: 'requeue', after: 3_600_000 }],
  ] as const)('comes back when the status meets %s: %j', async (kind, next) => {
    const scene = new Scene();
    scene.api.fault = ({ verb }) => (verb === 'patch' ? kind : undefined);
    expect(await scene.reconcile()).toEqual(next);
  });

  it('says of a store that is not kept that it is not, and watches no credentials for it', async () => {
    const scene = new Scene();
    await scene.reconcile();
    const [found] = scene.api.all(type) as unknown as StoreObject[];
    scene.stores.replace([{ ...found!, metadata: { ...found!.metadata, resourceVersion: 'x' }, spec: {}, notKept: 1_000 }]);
    expect(await scene.reconcileAtOnce()).toEqual({ kind: 'done' });
    expect(scene.api.find(type, 'team', 'aws')).toMatchObject({
      status: { conditions: [{ status: 'False', reason: 'MemoryShareExceeded' }] },
    });
    expect([scene.watched, scene.events.at(-1)]).toEqual([[], 'Warning MemoryShareExceeded']);
  });
});
