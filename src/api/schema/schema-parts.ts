/** Types and limits that several schemas share. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { QUALIFIED_NAME_LENGTH } from './qualified-name.ts';

/** Maximum lengths. Every list and string of the API has one, because the API server estimates the cost of CEL rules by them (https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints). */
export const limits = {
  data: 500,
  dataFrom: 50,
  sources: 550,
  restartTargets: 50,
  restartStatuses: 50,
  restartKeys: 500,
  restartWindows: 16,
  restartWaves: 16,
  labelRequirements: 32,
  labelValues: 64,
  property: 1024,
  metadata: 64,
  roleChain: 8,
  sessionTags: 50,
  storeConditions: 50,
  namespaces: 500,
  allowedKeys: 32,
} as const;

/** An RFC 1123 subdomain, such as metadata.name of most kinds. */
export const dnsSubdomain = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** An RFC 1123 label, such as the name of a namespace. */
export const dnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** A key of a Secret. */
export const secretKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

/** A Go duration, such as "1h30m" or "0". */
export const durationText = z
  .string()
  .min(1)
  .max(32)
  .regex(/^(0|([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+)$/);

/** Labels or annotations. A structural schema cannot limit the length of keys, so a CEL rule does. Code checks whether the keys are qualified names. */
export function metadataMap(field: string, maxValue: number): z.ZodRecord<z.ZodString, z.ZodString> {
  return rules(z.record(z.string().max(QUALIFIED_NAME_LENGTH), z.string().max(maxValue)).meta({ maxProperties: limits.metadata }), [
    {
      rule: `self.all(k, size(k) <= ${QUALIFIED_NAME_LENGTH})`,
      message: `${field}: a key must have at most ${QUALIFIED_NAME_LENGTH} characters`,
    },
  ]);
}
