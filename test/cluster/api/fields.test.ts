/** Every bound, pattern, enum, type and requirement of every field, as the API server validates it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customResourceDefinition } from '../../../src/codegen/custom-resource-definition.ts';
import { resourceKinds } from '../../../src/codegen/resource-kinds.ts';

import { acquireSharedControlPlane, type SharedControlPlane } from '../../support/control-plane/shared.ts';
import { judge, type Judgement } from './dry-run.ts';
import { acceptedValues, refusedValues } from './field-limits.ts';
import {
  clusterSecretStores,
  fullExternalSecret,
  secretStores,
  selectingExternalSecret,
  smallExternalSecret,
  type JsonObject,
} from './samples.ts';
import { specFields, valueAt, withValue, type SpecField } from './spec-fields.ts';

const samplesByKind: Readonly<Record<string, Readonly<Record<string, JsonObject>>>> = {
  ExternalSecret: { full: fullExternalSecret, selecting: selectingExternalSecret, small: smallExternalSecret },
  SecretStore: secretStores,
  ClusterSecretStore: clusterSecretStores,
};

let access: SharedControlPlane;
beforeAll(async () => {
  access = await acquireSharedControlPlane();
});
afterAll(async () => {
  await access[Symbol.asyncDispose]();
});

function speaksOf({ cause }: SpecField, { refusals }: Judgement): boolean {
  return refusals.some(({ field }) => field === cause || field.startsWith(`${cause}.`));
}

describe.each(resourceKinds)('$names.kind', (kind) => {
  const samples = samplesByKind[kind.names.kind] ?? {};
  const definition = customResourceDefinition(kind);
  const spec = definition.spec.versions[0].schema.openAPIV3Schema.properties?.['spec'];
  const fields = spec === undefined ? [] : specFields(spec);

  /** The sample that has this field, or else one that has a place for it. */
  function sampleFor({ steps, path }: SpecField): JsonObject {
    const all = Object.values(samples);
    const found =
      all.find((sample) => valueAt(sample, steps) !== undefined) ?? all.find((sample) => valueAt(sample, steps.slice(0, -1)) !== undefined);
    if (found === undefined) throw new Error(`no sample has a place for ${path}`);
    return found;
  }

  it('has fields to try', () => {
    expect(fields.length).toBeGreaterThan(15);
  });

  it.each(Object.entries(samples))('takes the sample %s', async (_name, sample) => {
    expect(await judge(access, kind.names, sample)).toEqual({ status: 201, message: '', refusals: [] });
  });

  it.each(fields.map((field) => [field.path, field] as const))('%s is refused beyond its limits', async (_path, field) => {
    const sample = sampleFor(field);
    const missed: string[] = [];
    for (const { what, value } of refusedValues(field, valueAt(sample, field.steps))) {
      const judgement = await judge(access, kind.names, withValue(sample, field.steps, value));
      if (judgement.status !== 422 || !speaksOf(field, judgement)) missed.push(`${what}: ${judgement.status} ${judgement.message}`);
    }
    expect(missed).toEqual([]);
  });

  it.each(fields.map((field) => [field.path, field] as const))('%s is taken up to its limits', async (_path, field) => {
    const sample = sampleFor(field);
    const refused: string[] = [];
    for (const { what, value } of acceptedValues(field, valueAt(sample, field.steps))) {
      const judgement = await judge(access, kind.names, withValue(sample, field.steps, value));
      // Rules over several fields may still object; they have their own tests.
      if (speaksOf(field, judgement)) refused.push(`${what}: ${judgement.message}`);
    }
    expect(refused).toEqual([]);
  });
});
