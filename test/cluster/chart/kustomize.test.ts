// The kustomize base and the chart are two ways to the same objects.
import { describe, expect, it } from '@jest/globals';
import { findControlPlaneBinaries } from '../../support/control-plane/binaries.ts';
import { mustRun } from '../../support/control-plane/run-command.ts';
import { parseObjects, renderChart } from '../../support/chart.ts';
import type { ChartObject } from '../../support/chart.ts';
import { KUSTOMIZE_BASE, kustomizeBase, kustomizeBaseOnDisk } from './kustomize-base.ts';

describe('the kustomize base', () => {
  it('is what the chart makes now (else: node test/cluster/chart/write-kustomize-base.ts)', async () => {
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
});

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
