/**
 * The Secrets and ConfigMaps to which a pod template refers. Ephemeral containers are not part of a template. Credentials of storage drivers (`azureFile`,
 * `nodePublishSecretRef` and others) are read by kubelet when it mounts, and volumes of the Secrets Store CSI driver refer to no Secret: neither is followed.
 * Pure. Takes time in proportion to the template.
 */
import { listOf, memberOf, textOf } from '../../base/members.ts';
import type { SourceKind } from '../source/content.ts';
import type { Consumption } from './consumer.ts';
import { ConsumptionList } from './consumption-list.ts';
import { VolumeSources } from './volume-sources.ts';

export interface TemplateReferences {
  readonly consumes: readonly Consumption[];
  /** The template has more references than are kept. */
  readonly hasMoreReferences: boolean;
}

/** `podSpec`: `spec` of the pod template. `isLive`: whether the workload reads the volumes of this source again by itself. */
export function templateReferences(podSpec: unknown, isLive: (kind: SourceKind, name: string) => boolean): TemplateReferences {
  const list = new ConsumptionList();
  const volumes = new VolumeSources(podSpec);
  // A native sidecar is an init container with a restart policy.
  for (const field of ['initContainers', 'containers']) {
    for (const container of listOf(podSpec, field)) {
      addVariables(container, list);
      volumes.addMounts(container);
    }
  }
  volumes.addTo(list, isLive);
  for (const reference of listOf(podSpec, 'imagePullSecrets')) list.add('Secret', textOf(reference, 'name'), 'all', 'image-pull');
  return { consumes: list.sorted(), hasMoreReferences: list.hasMore };
}

function addVariables(container: unknown, list: ConsumptionList): void {
  for (const variable of listOf(container, 'env')) {
    const valueFrom = memberOf(variable, 'valueFrom');
    if (valueFrom === undefined) continue;
    addKey('Secret', memberOf(valueFrom, 'secretKeyRef'), list);
    addKey('ConfigMap', memberOf(valueFrom, 'configMapKeyRef'), list);
  }
  for (const variables of listOf(container, 'envFrom')) {
    list.add('Secret', textOf(memberOf(variables, 'secretRef'), 'name'), 'all', 'restart');
    list.add('ConfigMap', textOf(memberOf(variables, 'configMapRef'), 'name'), 'all', 'restart');
  }
}

function addKey(kind: SourceKind, reference: unknown, list: ConsumptionList): void {
  const key = textOf(reference, 'key');
  if (key !== undefined) list.add(kind, textOf(reference, 'name'), [key], 'restart');
}
