// values.yaml and the schema of the values say the same, key by key.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { chartValuesJsonSchema, chartValuesSchema } from '../../../src/codegen/chart-values.ts';

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
}

const chartFile = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../charts/keytender/${name}`, import.meta.url)), 'utf8');
const schema = chartValuesJsonSchema() as JsonSchema;
const values = parse(chartFile('values.yaml')) as object;
/** In the schema only: Helm adds `global` to subcharts; the others have no default. */
const WITHOUT_DEFAULT = ['global', 'resources.claims'];

describe('values of the chart', () => {
  it('fit their own schema', () => {
    expect(chartValuesSchema.safeParse(values).error?.issues).toBeUndefined();
  });

  it('have every key of the schema', () => {
    const known = [...schemaPaths(schema)].map(({ path }) => path);
    expect(known.length).toBeGreaterThan(80);
    expect(known.filter((path) => !WITHOUT_DEFAULT.includes(path) && !hasPath(values, path))).toEqual([]);
  });

  it('are explained, key by key, and nothing unknown is taken', () => {
    for (const { path, node } of schemaPaths(schema)) {
      expect({ path, explained: (node.description ?? '').length > 5 }).toEqual({ path, explained: true });
      if (node.properties !== undefined) expect({ path, open: node.additionalProperties }).toEqual({ path, open: false });
    }
    expect(schema.additionalProperties).toBe(false);
  });

  it('are all optional, because an upgrade may come with the values of an earlier chart', () => {
    expect([schema, ...[...schemaPaths(schema)].map(({ node }) => node)].filter((node) => Object.hasOwn(node, 'required'))).toEqual([]);
  });

  it('are filled in by every template before it reads them', () => {
    const folder = fileURLToPath(new URL('../../../charts/keytender/templates', import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(yaml|txt)$/.test(name));
    expect(files.length).toBeGreaterThan(12);
    for (const name of files) {
      const [first, second] = chartFile(`templates/${name}`).split('\n');
      const line = first?.startsWith('{{- /*') ? second : first;
      expect({ name, line }).toEqual({ name, line: expect.stringMatching(/^\{\{- include "keytender.fillValues" \. -?\}\}$/) });
    }
  });

  it('are checked by Helm with the generated schema', () => {
    expect(JSON.parse(chartFile('values.schema.json'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });
});

function* schemaPaths(node: JsonSchema, prefix = ''): Generator<{ readonly path: string; readonly node: JsonSchema }> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const path = `${prefix}${key}`;
    yield { path, node: child };
    yield* schemaPaths(child, `${path}.`);
  }
}

function hasPath(value: unknown, path: string): boolean {
  return path.split('.').every((key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Readonly<Record<string, unknown>>)[key];
    return true;
  });
}
