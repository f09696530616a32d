/** Types that several schemas of chart values share. */
import { z } from 'zod';

export function text(description: string): z.ZodString {
  return z.string().describe(description);
}

/** An object that the chart passes on unchanged. Only the API server validates it. */
export function passThrough(description: string): z.ZodRecord<z.ZodString, z.ZodUnknown> {
  return z.record(z.string(), z.unknown()).describe(description);
}

export function passThroughList(description: string): z.ZodArray<z.ZodRecord<z.ZodString, z.ZodUnknown>> {
  return z.array(z.record(z.string(), z.unknown())).describe(description);
}

export function stringMap(description: string): z.ZodRecord<z.ZodString, z.ZodString> {
  return z.record(z.string(), z.string()).describe(description);
}

export function port(description: string): z.ZodInt {
  return z.int().min(1024).max(65_535).describe(description);
}

/** A duration in the syntax of Prometheus. */
export function prometheusDuration(description: string): z.ZodString {
  return z
    .string()
    .regex(/^([0-9]+(ms|s|m|h))+$/)
    .describe(description);
}
