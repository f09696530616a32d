import { expect, test } from '@jest/globals';
import { selects } from '../../../../src/api/object/label-selector.ts';

const labels = { app: 'web', tier: 'canary' };
const requirement = (key: string, operator: string, values?: string[]) => ({ matchExpressions: [{ key, operator, values }] });

test.each([
  [{}, true],
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'api' } }, false],
  [{ matchLabels: { constructor: 'web' } }, false],
  [{ matchLabels: { app: 'web' }, ...requirement('tier', 'In', ['canary', 'x']) }, true],
  [requirement('tier', 'NotIn', ['canary']), false],
  [requirement('other', 'NotIn', ['canary']), true],
  [requirement('tier', 'Exists'), true],
  [requirement('tier', 'DoesNotExist'), false],
  [requirement('tier', 'Gt', ['1']), false],
])('%j: %s', (selector, expected) => {
  expect(selects(selector, labels)).toBe(expected);
});
