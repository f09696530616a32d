import { describe, expect, it } from '@jest/globals';
import { chartTemplate } from '../../../src/codegen/chart-template.ts';
import { customResourceDefinition } from '../../../src/codegen/custom-resource-definition.ts';
import { resourceKinds } from '../../../src/codegen/resource-kinds.ts';

describe('chartTemplate', () => {
  it('lets Helm print braces that a description holds', () => {
    const [kind] = resourceKinds;
    const text = chartTemplate(customResourceDefinition({ ...kind!, description: 'Takes {{ .value }} as it is.' }));
    expect(text).toContain('Takes {{ "{{" }} .value {{ "}}" }} as it is.');
  });
});
