// Values that the chart refuses, with the message of helm.
import { describe, expect, it } from '@jest/globals';
import { tryRenderChart } from '../../support/chart.ts';
import type { ChartValues } from '../../support/chart.ts';

describe('values that are refused', () => {
  it.each<[string, ChartValues, RegExp]>([
    ['an unknown key', { replica: 2 }, /additional properties 'replica' not allowed/],
    ['an unknown key further down', { image: { name: 'x' } }, /additional properties 'name' not allowed/],
    ['no number', { replicas: 'two' }, /replicas.*got string, want integer/s],
    ['several workers without election', { replicas: 2, leaderElect: false }, /replicas: more than one needs leaderElect/],
    ['a namespace that cannot be', { namespaces: ['Orders'] }, /does not match pattern/],
    ['a log level that is none', { log: { level: 'loud' } }, /value must be one of/],
    ['a budget that blocks drains', { podDisruptionBudget: { maxUnavailable: 0 } }, /podDisruptionBudget/],
    ['a port that needs root', { metrics: { port: 80 } }, /minimum: got 80, want 1,?024/],
    ['root', { podSecurityContext: { runAsUser: 0 } }, /minimum: got 0, want 1/],
    ['a proxy that is no URL', { proxy: { httpsProxy: 'proxy:3128' } }, /does not match pattern/],
    ['no name for an account that exists', { serviceAccount: { create: false } }, /serviceAccount.name: needed/],
    [
      'a monitor of nothing',
      { serviceMonitor: { enabled: true }, metrics: { service: { enabled: false } } },
      /needs metrics.service.enabled/,
    ],
    [
      'a namespace twice in the limits of tokens',
      { serviceAccountTokens: { accounts: [{ namespace: 'orders' }, { namespace: 'orders' }] } },
      /namespace orders is there twice/,
    ],
    [
      'tokens of a namespace that is not served',
      { namespaces: ['orders'], serviceAccountTokens: { accounts: [{ namespace: 'billing' }] } },
      /namespace billing is not among namespaces/,
    ],
    ['an account of no namespace', { serviceAccountTokens: { accounts: [{ names: ['reader'] }] } }, /missing property 'namespace'/],
    ['no audience at all', { serviceAccountTokens: { audiences: [] } }, /minItems: got 0, want 1/],
    ['an alert that is not there', { prometheusRule: { enabled: true, disabled: ['Nope'] } }, /there is no alert Nope/],
  ])('%s', async (_, values, message) => {
    const { code, stderr } = await tryRenderChart(values);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  it('refuses a Kubernetes that is too old', async () => {
    const { code, stderr } = await tryRenderChart({}, ['--kube-version', '1.29.9']);
    expect(stderr).toMatch(/chart requires kubeVersion: >=1.30.0-0/);
    expect(code).toBe(1);
  });

  it('takes the pre-release suffixes of managed clusters', async () => {
    expect((await tryRenderChart({}, ['--kube-version', '1.30.4-eks-a18cd3a'])).code).toBe(0);
  });
});
