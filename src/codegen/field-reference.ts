/** Generates docs/reference/api.md: the fields of each kind as a table, and the validation rules. */
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import type { StructuralSchema } from './structural-schema.ts';
import { codeCell, textCell } from './table-cell.ts';

interface Field {
  readonly path: string;
  readonly required: boolean;
  readonly schema: StructuralSchema;
}

export function fieldReference(definitions: readonly CustomResourceDefinition[]): string {
  const intro =
    'Generated from the schemas by `npm run generate`; `kubectl explain` shows the same text.\n\n' +
    'The API server adds no defaults: it stores what you apply. The operator has the defaults; the descriptions name them.\n';
  return [`# Fields of the API`, intro, ...definitions.map(section)].join('\n');
}

function section(definition: CustomResourceDefinition): string {
  const { group, names, scope, versions } = definition.spec;
  const [{ name, schema, selectableFields }] = versions;
  const root = schema.openAPIV3Schema;
  const shortNames = [names['shortNames'] ?? []].flat();
  return [
    `## ${String(names['kind'])}`,
    '',
    root.description ?? '',
    '',
    `\`apiVersion: ${group}/${name}\`, ${scope === 'Cluster' ? 'cluster-scoped' : 'namespaced'}, short name ${shortNames.map(code).join(', ')}.`,
    '',
    ...fieldTables(root),
    ...ruleList(root),
    ...selectors(selectableFields ?? []),
  ].join('\n');
}

function fieldTables(root: StructuralSchema): string[] {
  return ['spec', 'status'].flatMap((part) => {
    const schema = root.properties?.[part];
    if (schema === undefined) return [];
    const rows = fieldsOf(schema, part).map(row);
    return [`### ${part}`, '', '| Field | Type | Required | Meaning |', '| --- | --- | --- | --- |', ...rows, ''];
  });
}

function fieldsOf(schema: StructuralSchema, path: string): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const required = schema.required?.includes(name) ?? false;
    return [{ path: `${path}.${name}`, required, schema: child }, ...fieldsBelow(child, `${path}.${name}`)];
  });
}

function fieldsBelow(schema: StructuralSchema, path: string): Field[] {
  if (schema.items !== undefined) return fieldsOf(schema.items, `${path}[]`);
  return fieldsOf(schema, path);
}

function row({ path, required, schema }: Field): string {
  return `| ${code(path)} | ${typeText(schema)} | ${required ? 'yes' : ''} | ${textCell(schema.description ?? '')} |`;
}

function typeText(schema: StructuralSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(code).join(' ');
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}${range(schema.minItems, schema.maxItems, 'entries')}`;
  if (schema.additionalProperties !== undefined)
    return `map of ${typeText(schema.additionalProperties)}${range(undefined, schema.maxProperties, 'entries')}`;
  if (schema.type === 'string') return stringText(schema);
  return schema.type;
}

function stringText(schema: StructuralSchema): string {
  if (schema.format === 'date-time') return 'time';
  const bounds = range(schema.minLength, schema.maxLength, 'characters');
  return `string${bounds}${schema.pattern === undefined ? '' : `, ${codeCell(schema.pattern)}`}`;
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (most === undefined) return '';
  return ` (${least === undefined || least === 0 ? 'at most' : `${least} to`} ${most} ${unit})`;
}

function ruleList(root: StructuralSchema): string[] {
  const found = rulesOf(root, '');
  if (found.length === 0) return [];
  const lines = found.map(({ path, message }) => `- ${code(path)}: ${message}`);
  return ['### Rules', '', 'The API server refuses an object that breaks one of these.', '', ...lines, ''];
}

function rulesOf(schema: StructuralSchema, path: string): { path: string; message: string }[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => ({ path, message }));
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => rulesOf(child, path === '' ? name : `${path}.${name}`));
  return [...own, ...below, ...(schema.items === undefined ? [] : rulesOf(schema.items, `${path}[]`))];
}

function selectors(fields: readonly { readonly jsonPath: string }[]): string[] {
  if (fields.length === 0) return [];
  const list = fields.map(({ jsonPath }) => code(jsonPath.slice(1))).join(', ');
  return ['### Field selectors', '', `\`kubectl get --field-selector\` takes ${list}.`, ''];
}

function code(text: string): string {
  return `\`${text}\``;
}
