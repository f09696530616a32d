/** A CustomResourceDefinition as a template of the Helm chart: switchable, and kept when the chart is uninstalled. */
import { stringify } from 'yaml';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';

/** Deleting a definition would delete every object of its kind, and with owned Secrets what runs on them. */
const KEEP = { 'helm.sh/resource-policy': 'keep' } as const;

export function chartTemplate(definition: CustomResourceDefinition): string {
  const { metadata } = definition;
  const kept = { ...definition, metadata: { ...metadata, annotations: { ...KEEP, ...metadata.annotations } } };
  const text = stringify(kept, { lineWidth: 0, aliasDuplicateObjects: false });
  return `{{- if .Values.crds.install }}\n${escapeActions(text)}{{- end }}\n`;
}

/** Text that Helm would take for an action is printed by one. */
function escapeActions(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
}
