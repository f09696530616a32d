// What every rendered chart must be, and what the operator makes of it.
import { expect } from '@jest/globals';
import { parseInvocation } from '../../../src/config.ts';
import type { Config } from '../../../src/config.ts';
import { rulesOf } from '../../support/chart.ts';
import type { ChartObject } from '../../support/chart.ts';
import { containerOf, deploymentOf, environmentOf } from './chart-objects.ts';

/** What the operator itself makes of the container's arguments and environment. Throws the line that it would end with. */
export function operatorConfig(objects: readonly ChartObject[]): Config {
  const invocation = parseInvocation(containerOf(objects).args, environmentOf(objects), '0');
  if (invocation.kind !== 'run') throw new Error(invocation.kind === 'error' ? invocation.line : invocation.kind);
  return invocation.config;
}

export function expectLeastPrivilege(objects: readonly ChartObject[]): void {
  const rules = rulesOf(objects);
  for (const { apiGroup, resource, verb } of rules) expect(`${apiGroup} ${resource} ${verb}`).not.toContain('*');
  const forbidden = ['escalate', 'bind', 'impersonate', 'deletecollection', 'approve', 'sign'];
  expect(rules.filter(({ verb }) => forbidden.includes(verb))).toEqual([]);
  // The spec of its own kinds belongs to people; roles are how privileges grow.
  expect(
    rules.filter(
      ({ apiGroup, resource, verb }) => apiGroup === 'keytender.dev' && !resource.includes('/') && !/^(get|list|watch)$/.test(verb),
    ),
  ).toEqual([]);
  expect(rules.filter(({ apiGroup }) => apiGroup === 'rbac.authorization.k8s.io')).toEqual([]);
  const text = rules.map((rule) => JSON.stringify(Object.values(rule)));
  expect(new Set(text).size).toBe(text.length);
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, and a read-only root beyond it. */
export function expectRestricted(objects: readonly ChartObject[]): void {
  const pod = deploymentOf(objects).spec.template.spec;
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(containerOf(objects).securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(containerOf(objects)).toMatchObject({
    livenessProbe: { httpGet: { path: '/livez' } },
    readinessProbe: { httpGet: { path: '/readyz' } },
  });
}

export function expectWellFormed(objects: readonly ChartObject[]): void {
  const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { kind, metadata } of objects) {
    if (kind === 'CustomResourceDefinition') expect(metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
    else expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': 'keytender' });
  }
}
