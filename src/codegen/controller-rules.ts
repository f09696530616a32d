/** The rules of the chart that follow from the list of controllers: the verbs for the kind of each controller, and its further rights. */
import type { Right } from '../api/object/rights.ts';
import { groupResource } from '../api/object/resource-type.ts';
import type { Controller } from '../reconcile/shared/controller.ts';

/** Maximum line length of the chart's templates. */
const WIDTH = 160;

/**
 * Templates "keytender.rules.controllers.namespaced", "….cluster", "….schemas" with the names of the CustomResourceDefinitions, and "….users" with the
 * resources for the users of a namespace. Cluster-scoped kinds are for cluster administrators, who have all rights.
 */
export function controllerRules(controllers: readonly Controller[]): string {
  const rights = controllers.flatMap(rightsOf);
  const defined = controllers.filter(({ definition }) => definition !== undefined);
  return [
    ...define('namespaced', rights.filter(({ scope }) => scope === 'namespaced').flatMap(ruleLines)),
    ...define('cluster', rights.filter(({ scope }) => scope === 'cluster').flatMap(ruleLines)),
    ...define(
      'schemas',
      defined.flatMap(({ kind, chartCondition }) => within(chartCondition, [`- ${groupResource(kind.type)}`])),
    ),
    ...define(
      'users',
      defined
        .filter(({ kind }) => kind.type.namespaced)
        .flatMap(({ kind, chartCondition }) => within(chartCondition, [`- ${kind.type.plural}`])),
    ),
  ].join('\n');
}

function define(name: string, lines: readonly string[]): string[] {
  return [`{{- define "keytender.rules.controllers.${name}" -}}`, ...lines, '{{- end }}', ''];
}

/** Each controller reads its kind and writes the status, never the specification. All its rights are under its own condition, too. */
function rightsOf({ kind: { type }, definition, chartCondition, rights }: Controller): readonly Right[] {
  const { group, plural, namespaced, kind } = type;
  const own = { scope: namespaced ? 'namespaced' : 'cluster', apiGroup: group } as const;
  const why = `${kind}s: the operator reads them and writes their status, never their spec.`;
  const ofKind: readonly Right[] = [
    { ...own, resources: [plural], verbs: ['list', 'watch'], why },
    { ...own, resources: [`${plural}/status`], verbs: ['patch'], why: '' },
  ];
  return [...(definition === undefined ? [] : ofKind), ...rights].map((right) => under(chartCondition, right));
}

function under(chartCondition: string | undefined, right: Right): Right {
  const { when = chartCondition } = right;
  if (chartCondition === undefined || when === undefined) return right;
  return { ...right, when: when === chartCondition ? when : `and (${chartCondition}) (${when})` };
}

function ruleLines({ apiGroup, resources, verbs, why, when }: Right): string[] {
  return within(when, [
    ...commentLines(why),
    `- apiGroups: [${apiGroup === '' ? '""' : apiGroup}]`,
    `  resources: [${resources.join(', ')}]`,
    `  verbs: [${verbs.join(', ')}]`,
  ]);
}

function within(condition: string | undefined, lines: readonly string[]): string[] {
  return condition === undefined ? [...lines] : [`{{- if ${condition} }}`, ...lines, '{{- end }}'];
}

function commentLines(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((one) => one !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
