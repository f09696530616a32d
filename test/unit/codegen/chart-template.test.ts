import { describe, expect, it } from '@jest/globals';
import { chartTemplate, defaultsTemplate } from '../../../src/codegen/chart-template.ts';
import { customResourceDefinition } from '../../../src/codegen/custom-resource-definition.ts';
import { resourceKinds } from '../../../src/codegen/resource-kinds.ts';

describe('chartTemplate', () => {
  it('lets Helm print braces that a description holds', () => {
    const [kind] = resourceKinds;
    const text = chartTemplate(customResourceDefinition({ ...kind!, description: 'Takes {{ .value }} as it is.' }));
    expect(text).toContain('Takes {{ "{{" }} .value {{ "}}" }} as it is.');
  });

  it('makes of values.yaml a template that prints it', () => {
    expect(defaultsTemplate('a: 1 # {{ x }}\n')).toBe('{{- define "keytender.defaults" }}\na: 1 # {{ "{{" }} x {{ "}}" }}\n{{- end }}\n');
  });
});
