import { describe, expect, it } from '@jest/globals';
import { restartSchema, type RestartSpec } from '../../../../src/api/schema/restart.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { policyOf, restartRequestOf } from '../../../../src/restart/policy/policy-of.ts';
import { defaultPolicy } from '../../../../src/restart/policy/policy.ts';

const orders = { kind: 'Deployment', name: 'orders' } as const;
const HOUR = 3_600_000;

describe('policyOf', () => {
  it('has the defaults that the descriptions of the fields state', () => {
    expect(policyOf({ targets: [orders] })).toEqual({ ok: true, value: defaultPolicy });
    const defaults = {
      settle: '10s',
      minInterval: '0',
      maxConcurrent: '10',
      missed: 'NextWindow',
      maxFailures: '0',
      onFailure: 'Halt',
      timeout: '10m',
    };
    for (const [field, value] of Object.entries(defaults)) {
      expect(restartSchema.shape[field as keyof typeof defaults].description).toMatch(new RegExp(`Default: ${value}[.]$`));
    }
  });

  it('takes every field', () => {
    const restart: RestartSpec = {
      mode: 'Discover',
      settle: '30s',
      minInterval: '1h',
      maxConcurrent: 3,
      windows: [
        { cron: '0 2 * * SAT', timeZone: 'Europe/Berlin', duration: '3h' },
        { cron: '@daily', duration: '1h' },
      ],
      missed: 'Immediately',
      waves: [{ name: 'canary', selector: { matchLabels: { app: 'orders' } }, soak: '5m' }, { name: 'rest' }],
      suspend: true,
      dryRun: true,
      maxFailures: 2,
      onFailure: 'Continue',
      timeout: '1h',
    };
    expect(policyOf(restart)).toEqual({
      ok: true,
      value: {
        settle: 30_000,
        minInterval: HOUR,
        maxConcurrent: 3,
        windows: [
          { cron: '0 2 * * SAT', zone: 'Europe/Berlin', duration: 3 * HOUR },
          { cron: '@daily', zone: 'UTC', duration: HOUR },
        ],
        missed: 'Immediately',
        waves: [
          { name: 'canary', selector: { matchLabels: { app: 'orders' } }, soak: 300_000 },
          { name: 'rest', soak: ms(0) },
        ],
        suspend: true,
        dryRun: true,
        maxFailures: 2,
        onFailure: 'Continue',
        timeout: HOUR,
      },
    });
    expect(policyOf({ ...restart, maxConcurrent: 0 })).toMatchObject({ value: { maxConcurrent: Infinity } });
  });

  it.each<[Omit<RestartSpec, 'targets'>, string]>([
    [{ settle: '61s' }, 'spec.restart.settle: "61s" is not a duration of 0 to 1m'],
    [{ minInterval: '721h' }, 'spec.restart.minInterval: "721h" is not'],
    [{ timeout: '0' }, 'spec.restart.timeout: "0" is not a duration of 1s to 24h'],
    [{ timeout: '25h' }, 'spec.restart.timeout: "25h" is not'],
    [{ waves: [{ name: 'a', soak: '169h' }] }, 'spec.restart.waves[0].soak: "169h" is not'],
    [{ windows: [{ cron: '0 2 * *', duration: '1h' }] }, 'spec.restart.windows[0].cron: cron expression "0 2 * *": fields: 4'],
    [
      { windows: [{ cron: '@daily', duration: '1h', timeZone: 'Mars/Olympus' }] },
      'spec.restart.windows[0].timeZone: "Mars/Olympus" is not',
    ],
    [{ windows: [{ cron: '@hourly', duration: '2h' }] }, 'spec.restart.windows[0].duration: windows of 2h overlap'],
    [{ windows: [{ cron: '@hourly', duration: '1d' }] }, 'spec.restart.windows[0].duration: "1d" is not a duration'],
    [{ waves: [{ name: 'a', selector: { matchLabels: { 'a b': 'c' } } }] }, 'spec.restart.waves[0].selector: no label can have'],
    [
      { waves: [{ name: 'a', selector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['x y'] }] } }] },
      'spec.restart.waves[0].selector: no label can have the key or value "x y"',
    ],
  ])('names the field of %j', (fields, message) => {
    expect(policyOf({ targets: [orders], ...fields })).toMatchObject({
      ok: false,
      failure: { reason: 'InvalidSpec', message: expect.stringContaining(message) },
    });
  });
});

describe('restartRequestOf', () => {
  it('says which workloads and keys are meant', () => {
    expect(restartRequestOf(undefined)).toMatchObject({ value: { members: 'none', keys: 'all' } });
    expect(restartRequestOf({ targets: [orders] })).toMatchObject({ value: { members: [orders], keys: 'all' } });
    expect(restartRequestOf({ mode: 'None', targets: [orders] })).toMatchObject({ value: { members: 'none' } });
    expect(restartRequestOf({ mode: 'Discover', keys: ['a'] })).toMatchObject({ value: { members: 'discover', keys: ['a'] } });
    const selector = { matchExpressions: [{ key: 'app', operator: 'Exists' as const }] };
    expect(restartRequestOf({ targets: [{ kind: 'Rollout', selector }] })).toMatchObject({
      value: { members: [{ kind: 'Rollout', selector }] },
    });
  });

  it('fails with the field', () => {
    expect(restartRequestOf({ targets: [{ kind: 'Deployment' }] })).toMatchObject({
      failure: { message: 'spec.restart.targets[0]: set either name or selector' },
    });
    expect(restartRequestOf({ targets: [{ kind: 'Deployment', selector: { matchLabels: { '-': '' } } }] })).toMatchObject({ ok: false });
    expect(restartRequestOf({ targets: [orders], settle: '2m' })).toMatchObject({ ok: false });
  });
});
