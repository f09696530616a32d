import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject } from '../../../../src/api/schema/external-secret.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { priority } from '../../../../src/base/priority.ts';
import { WorkQueue } from '../../../../src/queue/work-queue.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { SlicedWakes } from '../../../../src/view/sliced-wakes.ts';
import { wakeStore } from '../../../../src/view/wake-rules.ts';
import { externalSecretIndexes } from '../../../../src/view/indexes.ts';
import { referencedObjects } from '../../../../src/reconcile/shared/referenced-objects.ts';
import { systemClock } from '../../../../src/base/time/clock.ts';
import { keyOf } from '../../../../src/base/key.ts';
import { CredentialCache } from '../../../../src/resolve/credentials/credential-cache.ts';
import { createLogger } from '../../../../src/telemetry/log/logger.ts';
import { Store } from '../../../../src/watch/store.ts';
import { settle } from '../../../support/fake-clock.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';
import { object } from '../../resolve/entries.ts';
import { ScriptedListWatcher } from '../../watch/objects.ts';

const where = { namespace: 'team', name: 'aws-key' };
const secret = { type: builtin.secret, ...where };
const open = new AbortController().signal;

function user(name: string, kind: string): ExternalSecretObject {
  return { ...object('ExternalSecret', name, 'team'), spec: { secretStoreRef: { name: 'aws', kind } } };
}

/** Two watches of one Secret would share the script, so a scene has one kind of declarer. */
function scene() {
  const api = new MemoryApi();
  const lines: string[] = [];
  const restarts: string[] = [];
  const watcher = new ScriptedListWatcher();
  const credentials = new CredentialCache(api);
  const queueOf = (name: string) => new WorkQueue({ name, clock: systemClock });
  const queues = { externalSecrets: queueOf('es'), secretStores: queueOf('ss'), clusterSecretStores: queueOf('css') };
  const externalSecrets = new Store<ExternalSecretObject>({ indexes: externalSecretIndexes });
  externalSecrets.replace([user('local', 'SecretStore'), user('global', 'ClusterSecretStore')]);
  const versions = referencedObjects({
    watcher,
    config: { namespaces: [] },
    credentials,
    metrics: { requested: () => undefined, watchRestarted: (kind, cause) => void restarts.push(`${kind} ${cause}`) },
    logger: createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } }),
    clock: systemClock,
    signal: open,
  });
  const users = { externalSecrets, queue: queues.externalSecrets, walks: new SlicedWakes(new TimeSlices(), () => undefined) };
  const ofStores = (kind: 'SecretStore' | 'ClusterSecretStore', queue: WorkQueue) =>
    versions.for({ isCached: true, wake: (key) => wakeStore(kind, key, queue, users) });
  const referenced = {
    run: versions.run,
    externalSecrets: versions.for({ isCached: false, wake: (key) => queues.externalSecrets.add(key, priority.change) }),
    secretStores: ofStores('SecretStore', queues.secretStores),
    clusterSecretStores: ofStores('ClusterSecretStore', queues.clusterSecretStores),
  };
  const depths = () => [queues.externalSecrets.depth, queues.secretStores.depth, queues.clusterSecretStores.depth];
  const push = async (...items: Parameters<ScriptedListWatcher['push']>[1][]) => {
    watcher.push('team', ...items);
    await settle();
    return depths();
  };
  /** Takes everything out of the queues. */
  const drain = async () => {
    for (const queue of Object.values(queues)) {
      while (queue.depth > 0) {
        const key = await queue.take(open);
        if (key !== undefined) queue.done(key);
      }
    }
  };
  return { api, credentials, referenced, push, drain, lines, restarts };
}

const seen = (version: string) => ({ ...where, version });
const listed = (...versions: string[]) => ({ kind: 'replace' as const, objects: versions.map(seen), resourceVersion: '1' });

describe('referencedObjects', () => {
  it.each([
    ['secretStores', keyOf('team', 'aws'), [1, 1, 0]],
    ['clusterSecretStores', keyOf('', 'aws'), [1, 0, 1]],
  ] as const)('wakes %s and their users when credentials change, and at no first sight of what was read', async (kind, key, woken) => {
    const { api, credentials, referenced, push, drain } = scene();
    api.put(builtin.secret, { metadata: where });
    await credentials.secret(where, ['id'], open);
    referenced[kind].declare(key, [secret]);
    const { uid, resourceVersion } = api.find(builtin.secret, 'team', 'aws-key')!.metadata;
    expect(await push(listed(`${uid}/${resourceVersion}`))).toEqual([0, 0, 0]);
    expect(await push({ kind: 'modified', object: seen(`${uid}/other`) })).toEqual(woken);
    await drain();
    expect(await push({ kind: 'deleted', object: seen(`${uid}/other`) })).toEqual(woken);
  });

  it('fails as a part of the work when a watch ends by itself, and ends with the work otherwise', async () => {
    const { referenced, push } = scene();
    const end = new AbortController();
    const well = referenced.run(end.signal);
    end.abort(new DOMException('the work has ended', 'AbortError'));
    await expect(well).resolves.toBeUndefined();
    const failed = expect(referenced.run(open)).rejects.toThrow('broken');
    referenced.secretStores.declare(keyOf('team', 'aws'), [secret]);
    await push(new Error('broken'));
    await failed;
  });

  it('wakes a store that has looked at other credentials than the watch found', async () => {
    const { api, credentials, referenced, push } = scene();
    api.put(builtin.secret, { metadata: where });
    await credentials.secret(where, ['id'], open);
    referenced.secretStores.declare(keyOf('team', 'aws'), [secret]);
    expect(await push(listed('uid/newer'))).toEqual([1, 1, 0]);
  });

  it('wakes an ExternalSecret that waits for its target, from the first sight on', async () => {
    const { referenced, push, drain } = scene();
    referenced.externalSecrets.declare(keyOf('team', 'local'), [secret]);
    expect(await push(listed('u/1'))).toEqual([1, 0, 0]);
    await drain();
    expect(await push(listed('u/1'))).toBeDefined();
    await drain();
    expect(await push({ kind: 'deleted', object: seen('u/1') })).toEqual([1, 0, 0]);
  });

  it('drops credentials that nobody watches any more, a ServiceAccount like a Secret', async () => {
    const { api, credentials, referenced } = scene();
    const key = keyOf('team', 'aws');
    api.put(builtin.secret, { metadata: where });
    api.put(builtin.serviceAccount, { metadata: where });
    const read = () => Promise.all([credentials.secret(where, ['id'], open), credentials.serviceAccount(where, open)]);
    let reads = 0;
    api.fault = () => void (reads += 1);
    referenced.secretStores.declare(key, [secret, { ...secret, type: builtin.serviceAccount }]);
    await read();
    await read();
    expect(reads).toBe(2);
    referenced.secretStores.declare(key, []);
    await read();
    expect(reads).toBe(4);
  });

  it('wakes the dependants of a ConfigMap, and keeps the credentials of a Secret with its name', async () => {
    const { api, credentials, referenced, push } = scene();
    const configMap = { type: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }, ...where };
    api.put(builtin.secret, { metadata: where });
    let reads = 0;
    api.fault = () => void (reads += 1);
    await credentials.secret(where, ['id'], open);
    referenced.externalSecrets.declare(keyOf('team', 'local'), [configMap]);
    await push(listed('u/1'));
    expect(await push({ kind: 'modified', object: seen('u/2') })).toEqual([1, 0, 0]);
    referenced.externalSecrets.declare(keyOf('team', 'local'), []);
    await credentials.secret(where, ['id'], open);
    expect(reads).toBe(1);
  });

  it('counts and logs what goes wrong with a watch', async () => {
    const { referenced, push, lines, restarts } = scene();
    referenced.externalSecrets.declare(keyOf('team', 'local'), [secret]);
    await push({ kind: 'error', failure: { kind: 'forbidden', status: 403, message: 'may not watch' } });
    expect(restarts).toEqual(['Secret forbidden']);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['watch of referenced objects failed; trying again']);
  });
});
