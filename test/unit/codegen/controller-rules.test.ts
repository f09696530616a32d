// The rules of the chart that follow from the list of controllers: each under the condition of its controller, and of itself.
import { describe, expect, it } from '@jest/globals';
import type { Right } from '../../../src/api/rights.ts';
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
