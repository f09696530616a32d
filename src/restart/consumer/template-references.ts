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
  for (const reference of listOf(podSpec, 'imagePullSecrets')) addNamed(list, 'Secret', reference, 'all', 'image-pull');
  return { consumes: list.sorted(), hasMoreReferences: list.hasMore };
}

function addVariables(container: unknown, list: ConsumptionList): void {
  for (const variable of listOf(container, 'env')) {
    const valueFrom = memberOf(variable, 'valueFrom');
    if (valueFrom === undefined) continue;
    addKey(list, 'Secret', memberOf(valueFrom, 'secretKeyRef'));
    addKey(list, 'ConfigMap', memberOf(valueFrom, 'configMapKeyRef'));
  }
  for (const variables of listOf(container, 'envFrom')) {
    addNamed(list, 'Secret', memberOf(variables, 'secretRef'), 'all', 'restart');
    addNamed(list, 'ConfigMap', memberOf(variables, 'configMapRef'), 'all', 'restart');
  }
}

function addKey(list: ConsumptionList, kind: SourceKind, reference: unknown): void {
  const key = textOf(reference, 'key');
  if (key !== undefined) addNamed(list, kind, reference, [key], 'restart');
}

function addNamed(
  list: ConsumptionList,
  kind: SourceKind,
  reference: unknown,
  keys: Consumption['keys'],
  effect: Consumption['effect'],
): void {
  const name = textOf(reference, 'name');
  if (name !== undefined) list.add(kind, name, keys, effect);
}
