/** A CustomResourceDefinition as a Helm template. crds.install turns it off, and Helm keeps it when the chart is uninstalled. */
import { stringify } from 'yaml';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';

/** Deleting a CRD would delete all its objects, and with them the Secrets that they own. */
const KEEP = { 'helm.sh/resource-policy': 'keep' } as const;

/** First line of each template. It fills in the defaults, because values of an earlier chart may lack new keys. */
const FILL_VALUES = '{{- include "keytender.fillValues" . }}';

/** The template "keytender.defaults": a copy of values.yaml, because templates cannot read that file. */
export function defaultsTemplate(valuesYaml: string): string {
  return `{{- define "keytender.defaults" }}\n${escapeActions(valuesYaml)}{{- end }}\n`;
}

export function chartTemplate(definition: CustomResourceDefinition): string {
  const { metadata } = definition;
  const kept = { ...definition, metadata: { ...metadata, annotations: { ...KEEP, ...metadata.annotations } } };
  const text = stringify(kept, { lineWidth: 0, aliasDuplicateObjects: false });
  return `${FILL_VALUES}\n{{- if .Values.crds.install }}\n${escapeActions(text)}{{- end }}\n`;
}

/** Escapes text that Helm would read as a template action. */
function escapeActions(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
}
