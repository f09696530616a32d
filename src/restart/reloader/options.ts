/** The settings of Reloader that change what its annotations mean, as flags of the operator. Pure. */
import { createHash } from 'node:crypto';
import type { ObjectMeta } from '../../api/object/object.ts';
import { valueIn } from '../../api/object/object.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { SourceKind } from '../source/content.ts';
import type { SourceMark } from '../source/mark.ts';
import { reloaderNames, type ReloaderNames } from './annotation-names.ts';
import { labelsMatch, parseLabelSelector, type LabelSelectorList } from './label-selector.ts';

export interface ReloaderOptions {
  readonly names: ReloaderNames;
  /** Workloads that say nothing are restarted for all that they consume. */
  readonly autoReloadAll: boolean;
  readonly ignoredKinds: ReadonlySet<SourceKind>;
  readonly ignoredNamespaces: ReadonlySet<string>;
  /** Of the namespaces whose workloads are looked at. */
  readonly namespaceSelector: LabelSelectorList;
  /** Of the Secrets and ConfigMaps that count. */
  readonly resourceSelector: LabelSelectorList;
  readonly reloadOnCreate: boolean;
  readonly reloadOnDelete: boolean;
}

/** The flags as they are given. Absent: Reloader's default. */
export interface ReloaderFlags {
  readonly names?: Partial<ReloaderNames>;
  readonly autoReloadAll?: boolean;
  /** `secrets` or `configmaps`, not both. */
  readonly resourcesToIgnore?: string;
  /** `jobs` and `cronjobs`. It is checked and has no effect: these are never restarted. */
  readonly ignoredWorkloadTypes?: string;
  readonly namespacesToIgnore?: string;
  readonly namespaceSelector?: string;
  readonly resourceLabelSelector?: string;
  readonly reloadOnCreate?: boolean;
  readonly reloadOnDelete?: boolean;
}

const KINDS: ReadonlyMap<string, SourceKind> = new Map([
  ['secrets', 'Secret'],
  ['configmaps', 'ConfigMap'],
]);

/** The failure names the flag and what it accepts. */
export function reloaderOptions(flags: ReloaderFlags): Result<ReloaderOptions, string> {
  const problem = problemOf(flags);
  if (problem !== undefined) return failed(problem);
  const namespaceSelector = parseLabelSelector(flags.namespaceSelector ?? '');
  if (!namespaceSelector.ok) return failed(`namespace-selector: ${namespaceSelector.failure}`);
  const resourceSelector = parseLabelSelector(flags.resourceLabelSelector ?? '');
  if (!resourceSelector.ok) return failed(`resource-label-selector: ${resourceSelector.failure}`);
  return ok({
    names: { ...reloaderNames, ...flags.names },
    autoReloadAll: flags.autoReloadAll ?? false,
    ignoredKinds: new Set(ignoredKinds(flags)),
    ignoredNamespaces: new Set(listOf(flags.namespacesToIgnore)),
    namespaceSelector: namespaceSelector.value,
    resourceSelector: resourceSelector.value,
    reloadOnCreate: flags.reloadOnCreate ?? false,
    reloadOnDelete: flags.reloadOnDelete ?? false,
  });
}

function problemOf(flags: ReloaderFlags): string | undefined {
  const resources = listOf(flags.resourcesToIgnore);
  if (resources.length > 1) return 'resources-to-ignore accepts one of secrets and configmaps, not both';
  if (resources.some((each) => !KINDS.has(each.toLowerCase()))) return 'resources-to-ignore accepts secrets or configmaps';
  const workloads = listOf(flags.ignoredWorkloadTypes);
  return workloads.some((each) => each !== 'jobs' && each !== 'cronjobs') ? 'ignored-workload-types accepts jobs and cronjobs' : undefined;
}

function ignoredKinds({ resourcesToIgnore }: ReloaderFlags): readonly SourceKind[] {
  return listOf(resourcesToIgnore).flatMap((each) => KINDS.get(each.toLowerCase()) ?? []);
}

function listOf(text = ''): readonly string[] {
  return text.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
}

/** `labels`: undefined if they are not known; then a selector selects nothing. */
export function isNamespaceLooked(
  { ignoredNamespaces, namespaceSelector }: ReloaderOptions,
  namespace: string,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (ignoredNamespaces.has(namespace)) return false;
  return namespaceSelector.length === 0 || (labels !== undefined && labelsMatch(namespaceSelector, labels));
}

/** Both annotations count with the value `true` only, as Reloader reads them. */
export function marksOf(
  { names, resourceSelector }: ReloaderOptions,
  { annotations, labels }: Pick<ObjectMeta, 'annotations' | 'labels'>,
): SourceMark[] {
  const marks: SourceMark[] = [];
  if (valueIn(annotations, names.ignore) === 'true') marks.push('ignored');
  if (valueIn(annotations, names.match) === 'true') marks.push('matched');
  if (!labelsMatch(resourceSelector, labels)) marks.push('unselected');
  return marks;
}

/** Differs if the marks of an object may differ. */
export function marksId({ names, resourceSelector }: ReloaderOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([names.ignore, names.match, resourceSelector]))
    .digest('hex')
    .slice(0, 16);
}
