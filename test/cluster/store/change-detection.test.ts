// A store that detects changes with lists instead of reads.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { writesDuringRefreshes } from '../../support/operator/refreshes.ts';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { untilObject } from '../../support/operator/waits.ts';

jest.setTimeout(60_000);

const names = Array.from({ length: 30 }, (_, index) => `listed-${index}`);
let scene: Scene;

beforeAll(async () => {
  scene = await openScene('change-detection', { flags: ['--min-refresh-interval=1s'] });
  await scene.createStore();
  await scene.objects.patch('secretstores', 'aws', { spec: { changeDetection: { type: 'List', maxAge: '1h' } } });
  for (const name of names) scene.createSecret(`detect/${name}`);
  for (const name of names) {
    await scene.objects.externalSecret(name, {
      refreshInterval: '1s',
      data: [{ secretKey: 'value', remoteRef: { key: `detect/${name}` } }],
    });
  }
  for (const name of names) await scene.objects.untilReason(name, 'SecretSynced', 30_000);
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

const lists = (): number => scene.aws.calls.count('ListSecrets');
const reads = (): number => scene.aws.calls.count('BatchGetSecretValue') + scene.aws.calls.count('GetSecretValue');

async function untilListed(times: number): Promise<void> {
  const before = lists();
  await waitUntil(`secrets are listed ${times} times`, () => lists() >= before + times);
}

describe('a store with changeDetection', () => {
  it('lists thirty secrets with one call, reads none and writes nothing while nothing changes', async () => {
    await untilListed(2);
    const before = reads();
    expect(await writesDuringRefreshes(scene, 4)).toEqual([]);
    // Due by its maximum age may be one or the other.
    expect(reads() - before).toBeLessThanOrEqual(2);
  });

  it('reads what a list shows to have changed, and nothing else', async () => {
    await untilListed(1);
    const before = reads();
    const value = scene.rotate('detect/listed-7');
    await scene.objects.untilValues('listed-7', { value }, 10_000);
    expect(reads() - before).toBeLessThanOrEqual(2);
  });

  it('reads secrets as usual where lists are denied', async () => {
    using _denied = scene.aws.inject({ operation: 'ListSecrets', fault: { kind: 'access-denied' } });
    await untilListed(1);
    const value = scene.rotate('detect/listed-8');
    await scene.objects.untilValues('listed-8', { value }, 10_000);
    const before = lists();
    const read = reads();
    await waitUntil('secrets are read again', () => reads() >= read + 4);
    expect(lists()).toBe(before);
    const conditionOf = ({ status }: { readonly status?: { readonly [field: string]: unknown } }) =>
      (status?.['conditions'] as readonly { readonly type: string }[] | undefined)?.find(({ type }) => type === 'Lists');
    const store = await untilObject(scene, 'secretstores', 'aws', (object) => conditionOf(object) !== undefined, 10_000);
    expect(conditionOf(store)).toMatchObject({ status: 'False', reason: 'ListDenied' });
    expect(conditionOf(store)).toHaveProperty('message', expect.stringContaining('secretsmanager:ListSecrets'));
    await waitUntil('an Event says so', async () => {
      const events = (await scene.objects.list('events')) as readonly { readonly reason?: string }[];
      return events.filter(({ reason }) => reason === 'ListDenied').length === 1;
    });
  });
});
