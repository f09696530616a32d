/** Parts and bounds that several schemas share. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { QUALIFIED_NAME_LENGTH } from './qualified-name.ts';

/** Every list and string of the API has a bound: CEL rules are priced by them (https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints). */
export const limits = {
  data: 500,
  dataFrom: 50,
  sources: 550,
  restartTargets: 50,
  property: 1024,
  metadata: 64,
  roleChain: 8,
  sessionTags: 50,
  storeConditions: 50,
  namespaces: 500,
  allowedKeys: 32,
} as const;

/** RFC 1123 subdomain, as metadata.name of most kinds. */
export const dnsSubdomain = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** RFC 1123 label, as the name of a namespace. */
export const dnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** A Go duration: "1h30m", "0". */
export const durationText = z
  .string()
  .min(1)
  .max(32)
  .regex(/^(0|([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+)$/);

/** Labels or annotations. A structural schema has no bound for keys, so a CEL rule gives it; whether they are qualified names is judged in code. */
export function metadataMap(field: string, maxValue: number): z.ZodRecord<z.ZodString, z.ZodString> {
  return rules(z.record(z.string().max(QUALIFIED_NAME_LENGTH), z.string().max(maxValue)).meta({ maxProperties: limits.metadata }), [
    {
      rule: `self.all(k, size(k) <= ${QUALIFIED_NAME_LENGTH})`,
      message: `${field}: a key has at most ${QUALIFIED_NAME_LENGTH} characters`,
    },
  ]);
}
