/** What a CustomResourceDefinition says of a kind besides its names: schema, description, columns of `kubectl get`, selectable fields. Pure data. */
import type { z } from 'zod';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Above 0: `kubectl get` shows the column only with `-o wide`. */
  readonly priority?: number;
}

export interface KindDefinition {
  readonly schema: z.ZodType;
  readonly description: string;
  readonly columns: readonly PrinterColumn[];
  /** JSON paths for `--field-selector` (Kubernetes 1.30 and later). */
  readonly selectableFields: readonly string[];
}

const READY = '.status.conditions[?(@.type=="Ready")]';

/** Columns that several kinds have. */
export const columns = {
  ready: { name: 'Ready', type: 'string', jsonPath: `${READY}.status`, description: 'Status of the condition Ready.' },
  reason: { name: 'Reason', type: 'string', jsonPath: `${READY}.reason`, description: 'Reason of the condition Ready.' },
  message: { name: 'Message', type: 'string', jsonPath: `${READY}.message`, description: 'Message of the condition Ready.', priority: 1 },
  age: { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
} as const satisfies Readonly<Record<string, PrinterColumn>>;
