/** Checks each committed CustomResourceDefinition: the requirements of the API server, and those of this project. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { CustomResourceDefinition } from '../../../src/codegen/custom-resource-definition.ts';
import type { StructuralSchema } from '../../../src/codegen/structural-schema.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { valueIn } from '../../../src/api/object/object.ts';
import { schemaHashes } from '../../../src/api/schema/schema-hash.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

interface Node {
  readonly path: string;
  readonly schema: StructuralSchema;
  /** A named field, as opposed to the items of a list or the values of a map. */
  readonly field: boolean;
}

function walk(schema: StructuralSchema, at: string, field: boolean): Node[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => walk(child, `${at}.${name}`, true));
  const items = schema.items === undefined ? [] : walk(schema.items, `${at}[]`, false);
  const values = schema.additionalProperties === undefined ? [] : walk(schema.additionalProperties, `${at}.*`, false);
  return [{ path: at, schema, field }, ...fields, ...items, ...values];
}

function paths(nodes: readonly Node[], broken: (node: Node) => boolean): string[] {
  return nodes.filter(broken).map((node) => node.path);
}

function isBoundedText({ maxLength, enum: values, format }: StructuralSchema): boolean {
  return maxLength !== undefined || values !== undefined || format === 'date-time';
}

describe.each(Object.values(keytender.kinds))('the definition of $kind', ({ kind, plural, singular, shortNames, namespaced }) => {
  let text: string;
  let definition: CustomResourceDefinition;
  let nodes: Node[];

  beforeAll(async () => {
    text = await readFile(path.join(ROOT, `crds/${keytender.group}_${plural}.yaml`), 'utf8');
    definition = parse(text) as CustomResourceDefinition;
    nodes = walk(definition.spec.versions[0].schema.openAPIV3Schema, kind, true);
  });

  it('has the names, the category and one version', () => {
    expect(definition.metadata.name).toBe(`${plural}.${keytender.group}`);
    expect(definition.spec).toMatchObject({
      group: keytender.group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, plural, singular, shortNames, categories: [keytender.category] },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
    });
  });

  it('is small enough for the annotation of kubectl apply', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
  });

  it('carries the hash that the operator compares', () => {
    expect(definition.metadata.annotations).toEqual({
      [keytender.annotations.schema]: valueIn<string>(schemaHashes, definition.metadata.name),
    });
  });

  it('is structural: types everywhere, either properties or additionalProperties, no default, no alternatives', () => {
    expect(nodes.length).toBeGreaterThan(20);
    expect(paths(nodes, ({ schema }) => schema.type === undefined)).toEqual([]);
    expect(paths(nodes, ({ schema }) => schema.properties !== undefined && schema.additionalProperties !== undefined)).toEqual([]);
    expect(paths(nodes, ({ schema }) => (schema.type === 'array') !== (schema.items !== undefined))).toEqual([]);
    const forbidden = ['default', 'anyOf', 'oneOf', 'allOf', 'not', '$ref', 'nullable', 'x-kubernetes-preserve-unknown-fields'];
    expect(paths(nodes, ({ schema }) => forbidden.some((keyword) => keyword in schema))).toEqual([]);
  });

  it('describes every field in whole sentences', () => {
    const undescribed = paths(
      nodes,
      ({ path: at, schema, field }) => field && at !== `${kind}.metadata` && !/^\S.*\.$/.test(schema.description ?? ''),
    );
    expect(undescribed).toEqual([]);
  });

  it('bounds every string, list, map and integer', () => {
    expect(paths(nodes, ({ schema }) => schema.type === 'array' && schema.maxItems === undefined)).toEqual([]);
    expect(paths(nodes, ({ schema }) => schema.additionalProperties !== undefined && schema.maxProperties === undefined)).toEqual([]);
    expect(paths(nodes, ({ schema }) => schema.type === 'integer' && (schema.format !== 'int64' || schema.minimum === undefined))).toEqual(
      [],
    );
    expect(paths(nodes, ({ schema }) => schema.type === 'string' && !isBoundedText(schema))).toEqual([]);
  });

  it('names only required fields as list keys', () => {
    const maps = nodes.filter(({ schema }) => schema['x-kubernetes-list-type'] === 'map');
    expect(maps.length).toBeGreaterThan(0);
    for (const { schema } of maps) {
      expect(schema.items?.required).toEqual(expect.arrayContaining([...(schema['x-kubernetes-list-map-keys'] ?? [])]));
    }
  });

  it('anchors every pattern at both ends', () => {
    expect(paths(nodes, ({ schema }) => schema.pattern !== undefined && !/^\^.*\$$/.test(schema.pattern))).toEqual([]);
  });

  it('gives each rule a message that begins with a field beside it', () => {
    for (const { schema, path: at } of nodes) {
      for (const { message } of schema['x-kubernetes-validations'] ?? []) {
        const field = /^[A-Za-z]+/.exec(message)?.[0] ?? '';
        const known = [...Object.keys(schema.properties ?? {}), at.split('.').at(-1)];
        expect(known).toContain(field);
      }
    }
  });

  it('shows Ready, Reason and Age, and the message in the wide view', () => {
    const columns = definition.spec.versions[0].additionalPrinterColumns;
    expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['Ready', 'Reason', 'Age', 'Message']));
    expect(columns.filter(({ priority }) => (priority ?? 0) > 0).map(({ name }) => name)).toEqual(['Message']);
    expect(columns.every(({ description }) => description !== '')).toBe(true);
  });
});
