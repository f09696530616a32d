// The annotations by which a workload says how it is restarted.
import { describe, expect, it } from '@jest/globals';
import { exampleDialect } from '../../../support/fakes/example-dialect.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import type { ConsumerKind } from '../../../../src/restart/consumer/consumer.ts';
import { raw, reduced, setting } from './workloads.ts';

const defaults = { restartOwned: false, strategy: 'rollout' };

function settingsOf(own: object, template: object = {}, kind: ConsumerKind = 'Deployment') {
  const { settings, problems } = reduced({ metadata: { annotations: own }, template }, kind);
  return { settings, problems };
}

describe('settings of a workload', () => {
  it('have defaults without annotations, and share them', () => {
    expect(reduced().settings).toEqual(defaults);
    expect(reduced().settings).toBe(reduced({ metadata: { annotations: { other: 'x' } } }).settings);
  });

  it('are read from the workload, or else from the pod template', () => {
    const own = { [setting('restart')]: 'false', [setting('restart-now')]: '2026-01-01' };
    const template = { [setting('restart')]: 'true', [setting('restart-owned')]: 'true' };
    expect(settingsOf(own, template).settings).toEqual({ ...defaults, restart: false, restartOwned: true, restartNow: '2026-01-01' });
    expect(settingsOf({}, { [setting('restart')]: 'true' }).settings).toEqual({ ...defaults, restart: true });
  });

  it('have a value of restart-now that a marker can hold as the API server returns it', () => {
    const { restartNow = '' } = settingsOf({ [setting('restart-now')]: `${'x'.repeat(127)}\u{1f600}${'y'.repeat(200)}` }).settings;
    expect(restartNow).toHaveLength(128);
    const stored = Buffer.from(restartNow).toString();
    expect(reduced({ template: { 'restart.keytender.dev/restart_now': stored } }).markers).toEqual({
      'restart.keytender.dev/restart_now': restartNow,
    });
  });

  it('of a Rollout have a strategy', () => {
    const annotations = { [setting('restart-strategy')]: 'restart' };
    expect(settingsOf(annotations, {}, 'Rollout')).toEqual({ settings: { ...defaults, strategy: 'restart' }, problems: [] });
    expect(settingsOf(annotations, {}, 'DaemonSet')).toEqual({
      settings: defaults,
      problems: ['workload.keytender.dev/restart-strategy: "restart" is for Rollouts only'],
    });
  });

  it.each([
    ['restart', 'True', 'must be true or false'],
    ['restart-owned', '', 'must be true or false'],
    ['restart-strategy', 'recreate', 'must be rollout or restart'],
    ['live-reload', 'a, b c', 'must be the name of a Secret, secret/<name> or configmap/<name>'],
    ['restarts', 'true', 'is not a setting of a workload'],
  ])('say what is wrong with %s %j, which counts as absent', (name, value, problem) => {
    const { settings, problems } = settingsOf({ [setting(name)]: value });
    expect(settings).toEqual(defaults);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  it('are bounded, whatever somebody writes', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [setting(`x${index}`), '']));
    const { settings, problems } = settingsOf({
      ...many,
      [setting('restart-now')]: 'n'.repeat(100_000),
      [setting('restart')]: 'x'.repeat(100_000),
    });
    expect(settings.restartNow).toHaveLength(128);
    expect(problems).toHaveLength(5);
    for (const problem of problems) expect(problem.length).toBeLessThanOrEqual(200);
  });

  it('have the names of the dialect', () => {
    const annotations = { 'consumer.secrets.example.com/restart': 'true', [setting('restart')]: 'false' };
    expect(
      reduceConsumer('Deployment', raw('Deployment', { metadata: { annotations } }), exampleDialect.annotations).settings.restart,
    ).toBe(true);
  });

  it('do not throw for values of other types', () => {
    expect(settingsOf({ [setting('restart')]: 7, [setting('live-reload')]: { a: 1 } }).settings).toEqual(defaults);
  });
});
