// The Helm chart for tests: rendered by the real helm, and the permissions that it grants as a plain list.
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { findHelm } from './control-plane/binaries.ts';
import { runCommand } from './control-plane/run-command.ts';
import type { CommandResult } from './control-plane/run-command.ts';
import { minorOf, pinnedVersions } from './control-plane/versions.ts';

export const CHART_FOLDER = fileURLToPath(new URL('../../charts/keytender', import.meta.url));
export const RELEASE = 'keytender';
export const RELEASE_NAMESPACE = 'keytender';

export type ChartValues = Readonly<Record<string, unknown>>;

export interface ChartObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** One thing that the operator's ServiceAccount may do: rules of the chart, taken apart. */
export interface ChartRule {
  /** Undefined: in the whole cluster. */
  readonly namespace: string | undefined;
  readonly apiGroup: string;
  /** With its subresource: "externalsecrets/status". */
  readonly resource: string;
  readonly verb: string;
  /** Undefined: objects of any name. */
  readonly name: string | undefined;
}

/** What helm speaks for where no API server says its version. */
export function testedKubeVersion(): string {
  return `${minorOf(pinnedVersions().kubernetes)}.0`;
}

/** Runs helm. Never throws for a command that fails. `input` is read by `--values -`. */
export async function helm(
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<CommandResult> {
  return runCommand(await findHelm(), args, options);
}

/** `helm template` with these values over the chart's own. Never throws for values that are refused: look at `code`. */
export function tryRenderChart(values: ChartValues = {}, extraArgs: readonly string[] = []): Promise<CommandResult> {
  const args = [
    'template',
    RELEASE,
    CHART_FOLDER,
    '--namespace',
    RELEASE_NAMESPACE,
    '--kube-version',
    testedKubeVersion(),
    '--values',
    '-',
  ];
  return helm([...args, ...extraArgs], { input: JSON.stringify(values) });
}

/** The objects that the chart makes of these values. Throws what helm says when it refuses them. */
export async function renderChart(values: ChartValues = {}): Promise<readonly ChartObject[]> {
  const { code, stdout, stderr } = await tryRenderChart(values);
  if (code !== 0) throw new Error(`helm template: ${stderr}`);
  return parseObjects(stdout);
}

/** The objects of a YAML text of many documents. */
export function parseObjects(text: string): readonly ChartObject[] {
  return parseAllDocuments(text)
    .map((document) => {
      const [problem] = document.errors;
      if (problem !== undefined) throw problem;
      return document.toJS() as ChartObject | null;
    })
    .filter((object) => object !== null);
}

/** Everything the chart lets the operator do with these values, one entry for each verb, resource and name. */
export async function chartRules(values: ChartValues = {}): Promise<readonly ChartRule[]> {
  return rulesOf(await renderChart(values));
}

/** The rules that are bound to the operator's ServiceAccount in these objects. */
export function rulesOf(objects: readonly ChartObject[]): readonly ChartRule[] {
  return objects
    .filter(({ kind }) => kind === 'ClusterRoleBinding' || kind === 'RoleBinding')
    .flatMap((binding) => {
      const { roleRef } = binding as unknown as { readonly roleRef: { readonly kind: string; readonly name: string } };
      const namespace = binding.kind === 'RoleBinding' ? binding.metadata.namespace : undefined;
      const role = objects.find(
        ({ kind, metadata }) =>
          kind === roleRef.kind && metadata.name === roleRef.name && (kind === 'ClusterRole' || metadata.namespace === namespace),
      );
      if (role === undefined) throw new Error(`${binding.kind} ${binding.metadata.name} binds a ${roleRef.kind} that is not there`);
      return takenApart(role, namespace);
    });
}

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

function takenApart(role: ChartObject, namespace: string | undefined): readonly ChartRule[] {
  return (role['rules'] as readonly PolicyRule[]).flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap((apiGroup) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => (resourceNames ?? [undefined]).map((name) => ({ namespace, apiGroup, resource, verb, name }))),
      ),
    ),
  );
}
