// The annotations of Reloader on a workload as they are kept: nothing if there are none, and only short pieces of long texts.
import { expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { readReloaderSettings } from '../../../../src/restart/reloader/read-settings.ts';
import { costOfConsumer } from '../../../../src/view/consumer-kinds.ts';
import { raw, setting } from '../consumer/workloads.ts';
import { A, optionsOf } from './reloader-scene.ts';

const { names } = optionsOf();

it('workloads without one of the annotations have none, and others are not read', () => {
  expect(readReloaderSettings(names, undefined, undefined)).toBeUndefined();
  expect(readReloaderSettings(names, { team: 'a', [`${A}/match`]: 'true' }, { [`${A}/last-reloaded-from`]: '{}' })).toBeUndefined();
  expect(readReloaderSettings(names, { [`${A}/auto`]: 7 }, undefined)).toBeUndefined();
});

it('those of the workload and of the pod template are', () => {
  const settings = readReloaderSettings(names, { [`${A}/search`]: 'true' }, { [`secret.${A}/reload`]: 'a' });
  expect(settings).toMatchObject({ Secret: { search: true, names: [] } });
  expect(readReloaderSettings(names, undefined, { [`secret.${A}/reload`]: 'a, b-.*' })).toMatchObject({
    Secret: { names: ['a'], patterns: ['b-.*'] },
  });
});

it('a workload is kept with them only in an installation in which they count, and they count in its cost', () => {
  const list = Array.from({ length: 500 }, (_, index) => `a-rather-long-name-of-a-secret-${index}`).join(',');
  const shape = raw('Deployment', { metadata: { annotations: { [`secret.${A}/reload`]: list } } });
  const [without, with_] = [undefined, names].map((reloader) =>
    reduceConsumer('Deployment', shape, { ...keytender.annotations, reloader }),
  );
  expect(without).not.toHaveProperty('reloader');
  expect(with_?.reloader?.Secret.names).toHaveLength(500);
  if (without === undefined || with_ === undefined) throw new Error('not reduced');
  expect(costOfConsumer(with_) - costOfConsumer(without)).toBeGreaterThan(list.length);
});

it('the strategy of a Rollout is that of either annotation', () => {
  const strategy = (annotations: object) =>
    reduceConsumer('Rollout', raw('Rollout', { metadata: { annotations } }), { ...keytender.annotations, reloader: names }).settings
      .strategy;
  expect(strategy({})).toBe('rollout');
  expect(strategy({ [`${A}/rollout-strategy`]: 'restart' })).toBe('restart');
  expect(strategy({ [setting('restart-strategy')]: 'restart', [`${A}/auto`]: 'true' })).toBe('restart');
  const deployment = raw('Deployment', { metadata: { annotations: { [`${A}/rollout-strategy`]: 'restart' } } });
  expect(reduceConsumer('Deployment', deployment, { ...keytender.annotations, reloader: names }).settings.strategy).toBe('rollout');
});

it('a Deployment that Reloader has paused is known by a renamed annotation too', () => {
  const paused = raw('Deployment', { metadata: { annotations: { 'acme.dev/paused': 'now' } }, spec: { paused: true } });
  const renamed = { ...names, pausedAt: 'acme.dev/paused' };
  expect(reduceConsumer('Deployment', paused, { ...keytender.annotations, reloader: renamed }).rollout.pausedByReloader).toBe(true);
  expect(reduceConsumer('Deployment', paused, { ...keytender.annotations, reloader: names }).rollout.pausedByReloader).toBe(false);
});
