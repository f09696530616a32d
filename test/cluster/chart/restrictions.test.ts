// The chart with values that restrict the operator: tokens, admission policies, the network.
import { expect, it } from '@jest/globals';
import { renderChart, rulesOf } from '../../support/chart.ts';
import type { ChartObject, ChartValues } from '../../support/chart.ts';
import { containerOf, only } from './chart-objects.ts';

interface Case {
  readonly values: ChartValues;
  readonly check: (objects: readonly ChartObject[]) => void;
}

const cases: Readonly<Record<string, Case>> = {
  'tokens of some ServiceAccounts only': {
    values: { serviceAccountTokens: { accounts: [{ namespace: 'orders', names: ['reader', 'writer'] }, { namespace: 'billing' }] } },
    check: (objects) => {
      expect(rulesOf(objects).filter(({ resource }) => resource === 'serviceaccounts/token')).toEqual(
        [
          { namespace: 'orders', name: 'reader' },
          { namespace: 'orders', name: 'writer' },
          { namespace: 'billing', name: undefined },
        ].map((where) => ({ apiGroup: '', resource: 'serviceaccounts/token', verb: 'create', ...where })),
      );
    },
  },
  'tokens for another audience: flag and policy say the same': {
    values: { serviceAccountTokens: { audiences: ['sts.amazonaws.com', "vault's"] } },
    check: (objects) => {
      expect(containerOf(objects).args).toContain("--token-audiences=sts.amazonaws.com,vault's");
      expect(policyTexts(objects)[0]).toContain(String.raw`audience in [\"sts.amazonaws.com\",\"vault's\"]`);
    },
  },
  'no admission policies': {
    values: { admissionPolicy: { enabled: false } },
    check: (objects) => expect(policyTexts(objects)).toEqual([]),
  },
  'policies that leave workloads alone, or have none to hold': {
    values: { admissionPolicy: { workloads: false } },
    check: (objects) => expect(policyTexts(objects)).toHaveLength(2),
  },
  'policies for the account that exists, and its namespaces': {
    values: { serviceAccount: { create: false, name: 'mine' }, restart: { enabled: false }, admissionPolicy: { protectedNamespaces: [] } },
    check: (objects) => {
      expect(policyTexts(objects)).toHaveLength(2);
      for (const text of policyTexts(objects))
        expect(text).toContain("request.userInfo.username == 'system:serviceaccount:keytender:mine'");
      expect(policyTexts(objects)[1]).toContain(String.raw`request.namespace in [\"keytender\"]`);
    },
  },
  'network policy: metrics for the namespace itself and for monitoring, probes for everybody, and nothing is cut off': {
    values: {},
    check: (objects) => {
      const { ingress, egress, policyTypes } = networkPolicyOf(objects);
      expect(policyTypes).toEqual(['Ingress']);
      expect(egress).toBeUndefined();
      expect(ingress).toEqual([
        { ports: [{ port: 8080, protocol: 'TCP' }], from: expect.arrayContaining([{ podSelector: {} }]) },
        { ports: [{ port: 8081, protocol: 'TCP' }] },
      ]);
    },
  },
  'network policy: names, API server, AWS; peers by value': {
    values: {
      networkPolicy: {
        restrictEgress: true,
        metricsFrom: [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }],
        probesFrom: [{ ipBlock: { cidr: '10.0.0.0/16' } }],
      },
    },
    check: (objects) => {
      const { ingress, egress, policyTypes } = networkPolicyOf(objects);
      expect(policyTypes).toEqual(['Ingress', 'Egress']);
      expect(ingress[0]).toMatchObject({ from: [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }] });
      expect(ingress[1]).toMatchObject({ from: [{ ipBlock: { cidr: '10.0.0.0/16' } }] });
      expect(egress?.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([53, 53, 443, 6443, 80]);
    },
  },
  'network policy: off, or metrics for everybody': {
    values: { networkPolicy: { metricsFrom: [] } },
    check: (objects) => expect(networkPolicyOf(objects).ingress[0]).not.toHaveProperty('from'),
  },
};

it.each(Object.entries(cases))('%s', async (_, { values, check }) => check(await renderChart(values)));

interface NetworkPolicySpec {
  readonly policyTypes: readonly string[];
  readonly ingress: readonly object[];
  readonly egress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
}

function networkPolicyOf(objects: readonly ChartObject[]): NetworkPolicySpec {
  return only(objects, 'NetworkPolicy')['spec'] as NetworkPolicySpec;
}

function policyTexts(objects: readonly ChartObject[]): readonly string[] {
  return objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy').map(({ spec }) => JSON.stringify(spec));
}
