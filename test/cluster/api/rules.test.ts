/** Every CEL rule: an object that violates it is refused with its message, and an object that almost violates it is accepted. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installation } from '../../../src/api/installation.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { customResourceDefinition } from '../../../src/codegen/custom-resource-definition.ts';
import { resourceKinds } from '../../../src/codegen/resource-kinds.ts';
import type { StructuralSchema } from '../../../src/codegen/structural-schema.ts';

import { acquireSharedControlPlane, type SharedControlPlane } from '../../support/control-plane/shared.ts';
import { judge } from './dry-run.ts';
import { ruleSamples } from './rule-samples.ts';

let access: SharedControlPlane;
beforeAll(async () => {
  access = await acquireSharedControlPlane();
});
afterAll(async () => {
  await access[Symbol.asyncDispose]();
});

function messagesOf(schema: StructuralSchema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  const children = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return [...own, ...children.flatMap((child) => (child === undefined ? [] : messagesOf(child)))];
}

describe.each(resourceKinds)('$names.kind', (kind) => {
  const samples = ruleSamples.filter((sample) => sample.kind === kind.names.kind);

  it('has samples for each rule, and for no other', () => {
    const messages = messagesOf(customResourceDefinition(kind).spec.versions[0].schema.openAPIV3Schema);
    expect(messages.length).toBeGreaterThan(0);
    expect([...new Set(samples.map(({ message }) => message))].sort()).toEqual([...new Set(messages)].sort());
  });

  it.each(samples)('$message', async ({ message, bad, good }) => {
    expect(bad.length * good.length).toBeGreaterThan(0);
    for (const spec of bad) {
      const { status, refusals } = await judge(access, kind.names, spec);
      expect({ spec, status, refusals }).toEqual({
        spec,
        status: 422,
        refusals: [expect.objectContaining({ message: expect.stringContaining(message) })],
      });
    }
    for (const spec of good) {
      const { status, message: refusal } = await judge(access, kind.names, spec);
      expect({ spec, status, refusal }).toEqual({ spec, status: 201, refusal: '' });
    }
  });
});

it('the reserved names of the rules are those of the data object', () => {
  const text = JSON.stringify(resourceKinds.map(customResourceDefinition));
  expect(text).toContain(`self.name != '${installation.digestKeySecret}'`);
  for (const domain of keytender.reservedDomains) expect(text).toContain(`${domain.replaceAll('.', '[.]')}/')`);
});
