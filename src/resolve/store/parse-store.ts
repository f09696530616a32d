/** Parses the specification of a store. Pure. */
import type { z } from 'zod';
import { fail, type Outcome } from '../../failure/failure.ts';
import { isNamespaced } from '../../api/object/object.ts';
import {
  clusterSecretStoreSpecSchema,
  secretStoreSpecSchema,
  type AwsProvider,
  type StoreChangeDetection,
  type StoreCondition,
  type StoreObject,
} from '../../api/schema/secret-store.ts';
import type { StoreEvents } from '../../api/schema/store-events.ts';
import { quote } from '../../base/excerpt.ts';
import { ok } from '../../base/result.ts';
import { invalidSpec } from './invalid-spec.ts';
import { keyPatternProblem } from './key-pattern.ts';
import { regexProblem } from './namespace-conditions.ts';

export interface ParsedStore {
  readonly aws: AwsProvider;
  readonly allowedKeys?: readonly string[] | undefined;
  readonly changeDetection?: StoreChangeDetection | undefined;
  readonly events?: StoreEvents | undefined;
  readonly conditions?: readonly StoreCondition[] | undefined;
}

/** Parsed once for each cached object, because all ExternalSecrets of a store use it at every reconcile. */
const parsedStores = new WeakMap<StoreObject, Outcome<ParsedStore>>();

/** Fails with InvalidSpec, or with MemoryShareExceeded if the specification is not kept. */
export function parseStore(store: StoreObject): Outcome<ParsedStore> {
  const known = parsedStores.get(store);
  if (known !== undefined) return known;
  const parsed = parseStoreSpec(store);
  parsedStores.set(store, parsed);
  return parsed;
}

function parseStoreSpec(store: StoreObject): Outcome<ParsedStore> {
  if (store.notKept !== undefined) return fail('MemoryShareExceeded', `it is larger than what may be kept of the ${othersOf(store)}`);
  const schema: z.ZodType<Omit<ParsedStore, 'aws'> & { readonly provider: { readonly aws: AwsProvider } }> = isNamespaced(store)
    ? secretStoreSpecSchema
    : clusterSecretStoreSpecSchema;
  const parsed = schema.safeParse(store.spec);
  if (!parsed.success) return invalidSpec(parsed.error);
  const { provider, ...others } = parsed.data;
  const { allowedKeys = [], conditions } = others;
  for (const [index, pattern] of allowedKeys.entries()) {
    const problem = keyPatternProblem(pattern);
    if (problem !== undefined) return fail('InvalidSpec', `spec.allowedKeys[${index}]: ${problem}`);
  }
  for (const expression of (conditions ?? []).flatMap(({ namespaceRegexes }) => namespaceRegexes ?? [])) {
    const problem = regexProblem(expression);
    if (problem !== undefined) return fail('InvalidSpec', `spec.conditions: namespaceRegexes ${quote(expression)}: ${problem}`);
  }
  return ok({ aws: provider.aws, ...others });
}

/** The stores that share its memory. */
function othersOf(store: StoreObject): string {
  return isNamespaced(store) ? 'SecretStores of its namespace' : 'ClusterSecretStores';
}
