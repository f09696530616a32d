// The rules of the chart that follow from the list of controllers: each under the condition of its controller, and of itself.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import type { Right } from '../../../src/api/object/rights.ts';
import { controllerRules } from '../../../src/codegen/controller-rules.ts';
import { toyController, toyDialect } from '../app/toy-controller.ts';

const { chartCondition: _, ...toy } = toyController(toyDialect);

const COLOURS: Right = { scope: 'namespaced', apiGroup: '', resources: ['configmaps'], verbs: ['get'], why: '' };

/** The template of the namespaced rules, without its first and its last line. */
function namespacedRules(chartCondition: string | undefined, when: string | undefined): string {
  const right = { ...COLOURS, ...(when !== undefined && { when }) };
  const text = controllerRules([{ ...toy, ...(chartCondition !== undefined && { chartCondition }), rights: [right] }]);
  return text.split(/^\{\{- define .*$/m)[1] ?? '';
}

/** The condition under which the right is granted. Undefined: always. */
function conditionOf(rules: string): string | undefined {
  return /\{\{- if (.*) \}\}\n- apiGroups: \[""\]\n {2}resources: \[configmaps\]/.exec(rules)?.[1];
}

describe('the rules of a controller', () => {
  it.each([
    [undefined, undefined, undefined],
    ['.Values.toys.enabled', undefined, '.Values.toys.enabled'],
    [undefined, '.Values.colours', '.Values.colours'],
    ['.Values.toys.enabled', '.Values.toys.enabled', '.Values.toys.enabled'],
    ['.Values.toys.enabled', '.Values.colours', 'and (.Values.toys.enabled) (.Values.colours)'],
    [
      '.Values.toys.enabled',
      'and .Values.colours (not .Values.grey)',
      'and (.Values.toys.enabled) (and .Values.colours (not .Values.grey))',
    ],
  ])('with the condition %s, a right under %s is granted under %s', (chartCondition, when, expected) => {
    expect(conditionOf(namespacedRules(chartCondition, when))).toBe(expected);
  });
});

const CHART = new URL('../../../charts/keytender/', import.meta.url);
const rights = controllersOf(keytender).flatMap((one) => one.rights);

describe('the parts of the chart that are written by hand', () => {
  it('have each value that a condition of a controller or of a right names', async () => {
    const values: unknown = parse(await readFile(new URL('values.yaml', CHART), 'utf8'));
    const conditions = controllersOf(keytender).flatMap((one) => [one.chartCondition ?? '', ...one.rights.map(({ when }) => when ?? '')]);
    const paths = conditions.flatMap((condition) => Array.from(condition.matchAll(/\.Values\.([\w.]+)/g), ([, path = '']) => path));
    expect(paths.length).toBeGreaterThan(3);
    const valueAt = (path: string): unknown =>
      path.split('.').reduce<unknown>((of, name) => (of as Record<string, unknown> | undefined)?.[name], values);
    expect(paths.filter((path) => valueAt(path) === undefined)).toEqual([]);
  });

  it('limit by an admission policy whatever a controller writes besides the status of its kind', async () => {
    const text = await readFile(new URL('templates/admission-policy.yaml', CHART), 'utf8');
    const limited = Array.from(text.matchAll(/"resources" \(list ([^)]*)\)/g), ([, list = '']) =>
      list.split(' ').map((name) => name.slice(1, -1)),
    ).flat();
    const writing = rights.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
    const written = writing.flatMap(({ resources }) => resources);
    // The update of finalizers is asked about by an admission plugin only: the operator never makes it.
    expect(written.filter((resource) => !limited.includes(resource))).toEqual(['externalsecrets/finalizers']);
  });
});
