/** Checks the API server's limit for the annotations of an object before the write, because the API server's error names no cause. Pure. */
import { failure, type Failure } from '../failure/failure.ts';
import type { WriteRecord } from './port.ts';

/** k8s.io/apimachinery validation.TotalAnnotationSizeLimitB: names and values together. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** The reason why the annotations, with the record of Keytender, cannot be written. Undefined: they can. */
export function annotationSizeProblem(annotations: Readonly<Record<string, string>>, record: WriteRecord): Failure | undefined {
  const bytes = Object.entries(annotations).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (bytes <= MAX_ANNOTATION_BYTES) return undefined;
  const keys = record.keys === undefined ? '' : ` and ${record.keys.length} keys`;
  const what = `${record.sources.length} secret versions${keys}`;
  return failure('SecretTooLarge', `the annotations, with the record of ${what}, are more than ${MAX_ANNOTATION_BYTES} bytes together`);
}
