/** Parts and bounds that several schemas share. */
import { z } from 'zod';

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
