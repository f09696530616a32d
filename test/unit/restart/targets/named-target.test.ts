// Named targets: what their references and annotations say.
import { describe, expect, it } from '@jest/globals';
import type { Consumption, WorkloadSettings } from '../../../../src/restart/consumer/consumer.ts';
import { decideTarget } from '../../../../src/restart/targets/named-target.ts';

const source = { kind: 'Secret', name: 'database' } as const;
const reads = (effect: Consumption['effect'], keys: Consumption['keys'] = 'all'): Consumption => ({ ...source, effect, keys });
const target = (consumes: readonly Consumption[], restart?: boolean, hasMoreReferences = false) => {
  const settings: WorkloadSettings = { restartOwned: false, strategy: 'rollout', ...(restart === undefined ? {} : { restart }) };
  return { consumes, hasMoreReferences, settings };
};

describe('a named target', () => {
  it('that consumes the Secret is restarted for the keys that it consumes', () => {
    for (const policy of ['Any', 'Annotated'] as const)
      expect(decideTarget(target([reads('restart', ['password'])]), source, policy)).toEqual({ restarts: true, keys: ['password'] });
  });

  it('that does not consume it is restarted for all keys, unless an annotation is asked for', () => {
    for (const consumes of [
      [],
      [reads('image-pull')],
      [{ ...reads('restart'), name: 'other' }],
      [{ ...reads('restart'), kind: 'ConfigMap' } as const],
    ]) {
      expect(decideTarget(target(consumes), source, 'Any')).toEqual({ restarts: true, keys: 'all' });
      expect(decideTarget(target(consumes), source, 'Annotated')).toEqual({ restarts: false, because: 'NotAnnotated' });
      expect(decideTarget(target(consumes, true), source, 'Annotated')).toEqual({ restarts: true, keys: 'all' });
    }
  });

  it('that reads it live is not restarted', () => {
    expect(decideTarget(target([reads('live')]), source, 'Any')).toEqual({ restarts: false, because: 'LiveReload' });
  });

  it('that opts out is not restarted, whatever it consumes', () => {
    for (const consumes of [[], [reads('restart')]])
      expect(decideTarget(target(consumes, false), source, 'Any')).toEqual({ restarts: false, because: 'OptedOut' });
  });

  it('with more references than are kept may consume it', () => {
    expect(decideTarget(target([], undefined, true), source, 'Annotated')).toEqual({ restarts: true, keys: 'all' });
  });
});
