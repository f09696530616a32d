// A namespace beyond its memory share: the objects beyond it report this, others are reconciled, and they continue when there is room.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { many } from '../../support/hostile/many.ts';
import { type Objects, readyOf } from '../../support/operator/objects.ts';
import type { Scene } from '../../support/operator/scene.ts';
import { openSceneWithNeighbour, type SceneWithNeighbour } from '../../support/operator/scene-with-neighbour.ts';

jest.setTimeout(240_000);

/** Of 1.3 MB each, with 500 entries: a namespace has room for about 25. */
const LARGE = Array.from({ length: 45 }, (_, index) => `large-${index}`);
const data = Array.from({ length: 500 }, (_, index) => ({
  secretKey: `${'s'.repeat(200)}${index}`,
  remoteRef: { key: `${index}`.padStart(2_048, 'k'), version: 'v'.repeat(250) },
}));

let opened: SceneWithNeighbour;
let scene: Scene;
let neighbour: Objects;

beforeAll(async () => {
  opened = await openSceneWithNeighbour('memory-share');
  ({ scene, neighbour } = opened);
}, 120_000);

afterAll(async () => {
  await opened?.[Symbol.asyncDispose]();
});

/** What `kubectl get` asks for: a row for each object, where whole objects would be 80 MB at each look. */
const AS_TABLE = { query: 'includeObject=None', accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows?: readonly { readonly cells: readonly (string | undefined)[] }[];
}

/** Names by the reason of their Ready condition. */
async function byReason(): Promise<Readonly<Record<string, readonly string[]>>> {
  const path = `/apis/keytender.dev/v1/namespaces/${scene.namespace}/externalsecrets?${AS_TABLE.query}`;
  const { status, body } = await scene.controlPlane.api.send({ path, accept: AS_TABLE.accept });
  if (status !== 200) throw new Error(`list externalsecrets: HTTP ${status}`);
  const { columnDefinitions, rows = [] } = body as Table;
  const [name, reason] = ['Name', 'Reason'].map((column) => columnDefinitions.findIndex((one) => one.name === column));
  const found: Record<string, string[]> = {};
  for (const { cells } of rows) (found[cells[reason ?? -1] || 'none'] ??= []).push(cells[name ?? -1] ?? '');
  return found;
}

async function untilReasons(
  isWanted: (found: Readonly<Record<string, readonly string[]>>) => boolean,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const look = async () => {
    const found = await byReason();
    return isWanted(found) ? found : undefined;
  };
  return await waitUntil('the reasons are as wanted', look, { timeoutMs: 60_000, pollMs: 1_000 });
}

it('keeps its share, says of the rest that it is too much, and goes on with it when there is room', async () => {
  const value = scene.createSecret('own');
  const small = { data: [{ secretKey: 'a', remoteRef: { key: 'own' } }] };
  await scene.objects.externalSecret('early', small);
  await scene.objects.untilReason('early', 'SecretSynced');
  await many(LARGE.length, (index) => scene.objects.externalSecret(LARGE[index] ?? '', { suspend: true, data }));
  const full = await untilReasons(({ none = [] }) => none.length === 0);
  const [kept = [], tooMuch = []] = [full['Suspended'], full['MemoryShareExceeded']];
  expect(kept.length + tooMuch.length).toBe(LARGE.length);
  expect(kept.length).toBeGreaterThan(20);
  expect(tooMuch.length).toBeGreaterThan(10);
  const message = readyOf(await scene.objects.get('externalsecrets', tooMuch[0] ?? ''))?.message ?? '';
  expect(message).toMatch(
    /it takes \d\.\d MiB of memory, and the ExternalSecrets of this namespace that are kept take \d+\.\d MiB of at most/,
  );
  expect(await scene.operator.metric('keytender_objects_not_kept{kind="ExternalSecret"}')).toBe(tooMuch.length);

  await neighbour.externalSecret('late', small);
  await neighbour.untilReason('late', 'SecretSynced');
  expect(await neighbour.values('late')).toEqual({ a: value });
  expect(await scene.objects.values('early')).toEqual({ a: value });

  const removed = kept.slice(0, tooMuch.length);
  await many(removed.length, (index) => scene.objects.delete('externalsecrets', removed[index] ?? ''));
  await untilReasons(({ MemoryShareExceeded = [] }) => MemoryShareExceeded.length === 0);
  expect(await scene.operator.metric('keytender_objects_not_kept{kind="ExternalSecret"}')).toBe(0);
});

it('knows after a restart what it has said, and writes nothing again', async () => {
  await scene.operator.stop();
  // The share is nearly used up already.
  await many(20, (index) => scene.objects.externalSecret(`more-${index}`, { suspend: true, data }));
  await opened.startOperator();
  await untilReasons(({ none = [], MemoryShareExceeded = [] }) => none.length === 0 && MemoryShareExceeded.length > 0);
  const since = scene.proxy.log.next;
  await scene.operator.stop();
  await opened.startOperator();
  await scene.objects.externalSecret('afterwards', { data: [{ secretKey: 'a', remoteRef: { key: 'own' } }] });
  const again = (): readonly (string | undefined)[] =>
    scene.proxy.log.writes({ resource: 'externalsecrets', subresource: 'status' }, since).map(({ name }) => name);
  // The API server shows the status before the proxy has the end of the request.
  await waitUntil('the new one was looked at', () => Promise.resolve(again().includes('afterwards')));
  expect(again()).toEqual(['afterwards']);
});
