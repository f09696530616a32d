import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { structuralSchema } from '../../../src/codegen/structural-schema.ts';

describe('structuralSchema', () => {
  it('keeps bounds, descriptions, list types and rules', () => {
    const schema = z.object({
      names: z.array(z.string().min(1).max(5).regex(/^a+$/)).min(1).max(3).meta({ 'x-kubernetes-list-type': 'set' }).describe('Names.'),
      labels: z.record(z.string(), z.string().max(9)).meta({ maxProperties: 4 }).optional().describe('Labels.'),
      mode: z
        .enum(['A', 'B'])
        .meta({ 'x-kubernetes-validations': [{ rule: 'true', message: 'mode: fine' }] })
        .describe('Mode.'),
    });
    expect(structuralSchema(schema, 'Thing')).toEqual({
      type: 'object',
      required: ['names', 'mode'],
      properties: {
        names: {
          description: 'Names.',
          type: 'array',
          minItems: 1,
          maxItems: 3,
          'x-kubernetes-list-type': 'set',
          items: { type: 'string', minLength: 1, maxLength: 5, pattern: '^a+$' },
        },
        labels: { description: 'Labels.', type: 'object', maxProperties: 4, additionalProperties: { type: 'string', maxLength: 9 } },
        mode: {
          description: 'Mode.',
          type: 'string',
          enum: ['A', 'B'],
          'x-kubernetes-validations': [{ rule: 'true', message: 'mode: fine' }],
        },
      },
    });
  });

  it('writes integers as int64 and keeps only bounds that somebody gave', () => {
    expect(structuralSchema(z.int(), 'Thing')).toEqual({ type: 'integer', format: 'int64' });
    expect(structuralSchema(z.int().min(0).max(9), 'Thing')).toEqual({ type: 'integer', format: 'int64', minimum: 0, maximum: 9 });
  });

  it.each([
    ['a union', z.union([z.string(), z.int()]), /Thing\.field: anyOf/],
    ['a default', z.string().default('x'), /Thing\.field: default/],
    ['a null', z.string().nullable(), /Thing\.field: nullable/],
    ['a float', z.number(), /Thing\.field: type "number"/],
    ['anything at all', z.unknown(), /Thing\.field: type undefined/],
    ['a map of anything', z.record(z.string(), z.unknown()), /Thing\.field\.\*: type undefined/],
    ['a closed object', z.strictObject({ a: z.string() }), /Thing\.field/],
    ['a list of unions', z.array(z.union([z.string(), z.int()])), /Thing\.field\[\]: anyOf/],
    ['a made-up keyword', z.string().meta({ 'x-made-up': true }), /Thing\.field: x-made-up/],
  ])('refuses %s, with its path', (_name, field, message) => {
    expect(() => structuralSchema(z.object({ field }), 'Thing')).toThrow(message);
  });

  it('refuses what refers to itself', () => {
    const tree = z.object({
      get below() {
        return z.array(tree);
      },
    });
    expect(() => structuralSchema(tree, 'Tree')).toThrow();
  });
});
