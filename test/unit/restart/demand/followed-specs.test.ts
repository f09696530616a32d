import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { followedSpecs, MAX_FOLLOWED, MAX_SELECTING } from '../../../../src/restart/demand/followed-specs.ts';
import type { RestartSpec } from '../../../../src/restart/demand/restart-spec.ts';
import { defaultPolicy } from '../../../../src/restart/policy/policy.ts';

const containers = [{ name: 'main', envFrom: [{ secretRef: { name: 'consumed' } }] }];
const workload = reduceConsumer(
  'Deployment',
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app', namespace: 'team', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { template: { spec: { containers } } },
  } as never,
  keytender.annotations,
);

const selector = { kind: 'Deployment', selector: { matchLabels: { app: 'x' } } } as const;
const named = { kind: 'Deployment', name: 'app' } as const;

function specs(count: number, name: string, members: RestartSpec['members'], secretName = 'other'): RestartSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const group = `externalsecrets.keytender.dev/team/${name}${String(index).padStart(4, '0')}`;
    return {
      group,
      owner: { resource: 'externalsecrets.keytender.dev', namespace: 'team', name },
      secretName,
      members,
      keys: 'all',
      policy: defaultPolicy,
    };
  });
}

describe('the ExternalSecrets that have a say about one workload', () => {
  it('are all, if they are not too many', () => {
    const all = [...specs(MAX_SELECTING, 's', [selector]), ...specs(MAX_FOLLOWED, 'n', [named])];
    expect(followedSpecs(all, workload)).toEqual({ followed: expect.arrayContaining(all), omitted: 0 });
  });

  it.each([
    ['only select its labels', [selector], 'other', MAX_SELECTING],
    ['name it too', [selector, named], 'other', MAX_FOLLOWED],
    ['write a Secret that it consumes', [selector], 'consumed', MAX_FOLLOWED],
    ['are found by their Secret', 'discover', 'consumed', MAX_FOLLOWED],
  ] as const)('are the first by name of those that %s, in any order', (_how, members, secretName, most) => {
    const many = specs(MAX_FOLLOWED + 7, 'a', members, secretName);
    const { followed, omitted } = followedSpecs(many.toReversed(), workload);
    expect(new Set(followed)).toEqual(new Set(many.slice(0, most)));
    expect(omitted).toBe(many.length - most);
  });
});
