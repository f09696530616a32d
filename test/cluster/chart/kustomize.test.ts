// The kustomize base and the chart have the same objects.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findControlPlaneBinaries } from '../../support/control-plane/binaries.ts';
import { mustRun } from '../../support/control-plane/run-command.ts';
import { parseObjects, renderChart } from '../../support/chart.ts';
import type { ChartObject } from '../../support/chart.ts';
import { deploymentOf, only } from './chart-objects.ts';
import { KUSTOMIZE_BASE, kustomizeBase, kustomizeBaseOnDisk } from './kustomize-base.ts';

describe('the kustomize base', () => {
  it('is what the chart makes now (else: node_modules/.bin/node test/cluster/chart/write-kustomize-base.ts)', async () => {
    expect(Object.fromEntries(kustomizeBaseOnDisk())).toEqual(Object.fromEntries(await kustomizeBase()));
  });

  it('builds to the objects of the chart, and a namespace that enforces the restricted profile', async () => {
    const { kubectl } = await findControlPlaneBinaries();
    const built = parseObjects(await mustRun(kubectl, ['kustomize', KUSTOMIZE_BASE]));
    const rendered = (await renderChart({ crds: { install: false } })).map(withoutHelm);
    const [namespace] = built.filter(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata).toEqual({ name: 'keytender', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    expect(sorted(built.filter(({ kind }) => kind !== 'Namespace'))).toEqual(sorted(rendered));
  });

  it('has policies that judge the account of its Deployment, which an overlay with another namespace does not', async () => {
    const { kubectl } = await findControlPlaneBinaries();
    const build = async (folder: string): Promise<readonly ChartObject[]> => parseObjects(await mustRun(kubectl, ['kustomize', folder]));
    const base = await build(KUSTOMIZE_BASE);
    expect(judgedAccounts(base)).toEqual([accountOf(base)]);

    const overlay = await mkdtemp(join(tmpdir(), 'keytender-overlay-'));
    try {
      const resources = [relative(await realpath(overlay), KUSTOMIZE_BASE)];
      const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', namespace: 'other', resources };
      await writeFile(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
      const moved = await build(overlay);
      expect(accountOf(moved)).toBe('system:serviceaccount:other:keytender');
      // As kustomization.yaml and docs/install.md warn. Where this fails, kustomize has learned it, and the warning can go.
      expect(judgedAccounts(moved)).toEqual([accountOf(base)]);
    } finally {
      await rm(overlay, { recursive: true });
    }
  });
});

/** The accounts whose requests the admission policies judge. */
function judgedAccounts(objects: readonly ChartObject[]): readonly string[] {
  const policies = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  expect(policies).toHaveLength(3);
  return [...new Set(policies.map((policy) => /system:serviceaccount:[\w-]+:[\w-]+/.exec(JSON.stringify(policy))?.[0] ?? ''))];
}

/** The account that the operator runs as. */
function accountOf(objects: readonly ChartObject[]): string {
  const { namespace } = only(objects, 'Deployment').metadata;
  return `system:serviceaccount:${namespace}:${deploymentOf(objects).spec.template.spec.serviceAccountName}`;
}

function withoutHelm(object: ChartObject): ChartObject {
  const labels = Object.entries(object.metadata.labels ?? {}).filter(([key]) => !/^helm\.sh\/chart$|\/managed-by$/.test(key));
  return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries(labels) } };
}

function sorted(objects: readonly ChartObject[]): readonly ChartObject[] {
  return [...objects].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

function keyOf({ kind, metadata }: ChartObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}
