/** A CustomResourceDefinition as a template of the Helm chart: switchable, and kept when the chart is uninstalled. */
import { stringify } from 'yaml';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';

/** Deleting a definition would delete every object of its kind, and with owned Secrets what runs on them. */
const KEEP = { 'helm.sh/resource-policy': 'keep' } as const;

/** The first line of each template: values of an earlier chart may lack some. */
const FILL_VALUES = '{{- include "keytender.fillValues" . }}';

/** The template "keytender.defaults": the text of values.yaml, which templates cannot read. */
export function defaultsTemplate(valuesYaml: string): string {
  return `{{- define "keytender.defaults" }}\n${escapeActions(valuesYaml)}{{- end }}\n`;
}

export function chartTemplate(definition: CustomResourceDefinition): string {
  const { metadata } = definition;
  const kept = { ...definition, metadata: { ...metadata, annotations: { ...KEEP, ...metadata.annotations } } };
  const text = stringify(kept, { lineWidth: 0, aliasDuplicateObjects: false });
  return `${FILL_VALUES}\n{{- if .Values.crds.install }}\n${escapeActions(text)}{{- end }}\n`;
}

/** Text that Helm would take for an action is printed by one. */
function escapeActions(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
}
