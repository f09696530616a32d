import { describe, expect, it } from '@jest/globals';
import { type ExternalSecretSpec, externalSecretSpecSchema, namedTargets } from '../../../../src/api/schema/external-secret.ts';
import type { RestartSpec } from '../../../../src/api/schema/restart.ts';

const specOf = (restart: RestartSpec | undefined): ExternalSecretSpec => ({
  secretStoreRef: { name: 'aws' },
  data: [{ secretKey: 'a', remoteRef: { key: 'b' } }],
  ...(restart && { restart }),
});
const orders = { kind: 'Deployment', name: 'orders' } as const;

describe('spec.restart', () => {
  it('is valid as it was before there were modes', () => {
    expect(externalSecretSpecSchema.safeParse(specOf({ targets: [orders] })).success).toBe(true);
  });

  it('has no defaults, so that an object that is applied again does not change', () => {
    for (const restart of [
      { mode: 'Discover' },
      { targets: [orders], windows: [{ cron: '@daily', duration: '1h' }], waves: [{ name: 'a' }] },
    ] as const) {
      const spec = specOf(structuredClone(restart) as unknown as RestartSpec);
      expect(externalSecretSpecSchema.parse(spec)).toEqual(spec);
    }
  });
});

describe('namedTargets', () => {
  it('are those with a name, of the kinds of Kubernetes, unless the mode is None', () => {
    const selector = { matchLabels: { app: 'x' } };
    const targets = [orders, { kind: 'Rollout', name: 'orders' } as const, { kind: 'DaemonSet', selector } as const];
    expect(namedTargets(specOf({ targets }))).toEqual([orders]);
    expect(namedTargets(specOf({ mode: 'None', targets }))).toEqual([]);
    expect(namedTargets(specOf({ mode: 'Discover' }))).toEqual([]);
    expect(namedTargets(specOf(undefined))).toEqual([]);
  });
});
