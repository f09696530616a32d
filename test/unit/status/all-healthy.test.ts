// What a status says of the rollouts for the present content.
import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretStatus } from '../../../src/api/schema/external-secret-status.ts';
import { isNewlyHealthy, saysAllHealthy } from '../../../src/status/all-healthy.ts';

type Restart = NonNullable<ExternalSecretStatus['restarts']>[number];

function status(is: 'True' | 'False', ...restarts: readonly Pick<Restart, 'phase' | 'content'>[]): ExternalSecretStatus {
  const condition = {
    type: 'RolloutsHealthy',
    status: is,
    reason: 'Any',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const;
  return {
    conditions: [condition],
    content: 'new',
    restarts: restarts.map((one, index) => ({ kind: 'Deployment', name: `app-${index}`, state: 'Restarted', ...one })),
  };
}

describe('a status says that all workloads are healthy', () => {
  it.each<[string, ExternalSecretStatus | undefined, boolean]>([
    [
      'if each has the content and one was restarted',
      status('True', { phase: 'Healthy', content: 'new' }, { phase: 'Current', content: 'new' }),
      true,
    ],
    ['not without a status', undefined, false],
    ['not without workloads', status('True'), false],
    ['not if nothing was restarted', status('True', { phase: 'Baseline', content: 'new' }), false],
    ['not if the phases are those of the former content', status('True', { phase: 'Healthy', content: 'old' }), false],
    ['not while one rolls', status('False', { phase: 'Healthy', content: 'new' }, { phase: 'Rolling', content: 'new' }), false],
  ])('%s', (_what, given, expected) => {
    expect(saysAllHealthy(given)).toBe(expected);
  });
});

describe('a status says so for the first time', () => {
  const after = status('True', { phase: 'Healthy', content: 'new' });

  it.each<[string, ExternalSecretStatus | undefined, boolean]>([
    ['after one with a rollout', status('False', { phase: 'Rolling', content: 'new' }), true],
    ['after one whose phases were those of the former content', status('True', { phase: 'Healthy', content: 'old' }), true],
    ['after one that said so of the former content', { ...status('True', { phase: 'Healthy', content: 'old' }), content: 'old' }, true],
    ['not after one that said so', after, false],
    ['not after one without the condition, from before spec.restart', { content: 'new' }, false],
    ['not after none', undefined, false],
  ])('%s', (_what, before, expected) => {
    expect(isNewlyHealthy(before, after)).toBe(expected);
  });
});
