/** Resolved values and the template of a resource -> what the Secret should hold. Pure. */
import { failure, type Failure, type Outcome } from '../failure/failure.ts';
import { isAnnotationKey, isLabelKey, isLabelValue } from '../api/schema/qualified-name.ts';
import { isRefusedType, isReservedName } from '../api/reserved.ts';
import { quote } from '../base/excerpt.ts';
import { failed, ok } from '../base/result.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { Renderer, SecretContent, SecretTemplate } from './port.ts';

/** The API server's limit for all values of a Secret together (k8s.io/api core/v1 MaxSecretSize). */
const MAX_SECRET_BYTES = 1024 * 1024;
/** Limit for all keys together, which are ASCII. The API server has no such limit, but it writes each key into managedFields too. */
const MAX_KEY_BYTES = 256 * 1024;

/** Keys that the API server requires for a type (https://kubernetes.io/docs/concepts/configuration/secret/#secret-types). */
const NEEDED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/dockercfg', ['.dockercfg']],
]);

/** Without a template engine: type, labels and annotations of the template. `reservedDomains`: as in renderSecret. */
export function plainRenderer(reservedDomains: readonly string[]): Renderer {
  return {
    async render(template, data, signal) {
      signal.throwIfAborted();
      return renderSecret(template, data, reservedDomains);
    },
  };
}

/** `reservedDomains`: those of the dialect, for labels and annotations of the template. */
export function renderSecret(
  { field, type = 'Opaque', immutable = false, labels = {}, annotations = {} }: SecretTemplate,
  data: ReadonlyMap<string, SecretValue>,
  reservedDomains: readonly string[],
): Outcome<SecretContent> {
  const content: SecretContent = { type, immutable, labels, annotations, data };
  const problem = problemOf(field, content, reservedDomains);
  return problem === undefined ? ok(content) : failed(problem);
}

function problemOf(
  field: string,
  { type, labels, annotations, data }: SecretContent,
  reservedDomains: readonly string[],
): Failure | undefined {
  return (
    typeProblem(field, type) ??
    reservedProblem(field, [...Object.keys(labels), ...Object.keys(annotations)], reservedDomains) ??
    metadataProblem(field, labels, annotations) ??
    missingKey(type, data) ??
    sizeProblem(data)
  );
}

function sizeProblem(data: ReadonlyMap<string, SecretValue>): Failure | undefined {
  const size = [...data.values()].reduce((sum, value) => sum + value.size, 0);
  if (size > MAX_SECRET_BYTES) return failure('SecretTooLarge', 'the Secret would hold more than 1 MiB');
  const keys = [...data.keys()].reduce((sum, key) => sum + key.length, 0);
  return keys > MAX_KEY_BYTES ? failure('SecretTooLarge', 'the names of the keys would be more than 256 KiB together') : undefined;
}

function typeProblem(field: string, type: string): Failure | undefined {
  return isRefusedType(type) ? failure('TargetReserved', `${field}.type ${quote(type)} may not be written`) : undefined;
}

function reservedProblem(field: string, metadataNames: readonly string[], reservedDomains: readonly string[]): Failure | undefined {
  const reserved = metadataNames.find((name) => isReservedName(name, reservedDomains));
  return reserved === undefined ? undefined : failure('TargetReserved', `${field}.metadata: ${quote(reserved)} is reserved`);
}

type Texts = Readonly<Record<string, string>>;

/** The API server would refuse the same, and quote the key whole. The CRD bounds the keys too, but it can be older than this code. */
function metadataProblem(field: string, labels: Texts, annotations: Texts): Failure | undefined {
  const invalid = (where: 'labels' | 'annotations', problem: string): Failure =>
    failure('InvalidSpec', `${field}.metadata.${where}: ${problem}`);
  const label = Object.keys(labels).find((key) => !isLabelKey(key));
  if (label !== undefined) return invalid('labels', `${quote(label)} is not a valid key of a label`);
  const annotation = Object.keys(annotations).find((key) => !isAnnotationKey(key));
  if (annotation !== undefined) return invalid('annotations', `${quote(annotation)} is not a valid key of an annotation`);
  const valued = Object.entries(labels).find(([, value]) => !isLabelValue(value));
  return valued === undefined ? undefined : invalid('labels', `the value of ${quote(valued[0])} is not a valid value of a label`);
}

function missingKey(type: string, data: ReadonlyMap<string, SecretValue>): Failure | undefined {
  const missing = (NEEDED_KEYS.get(type) ?? []).find((key) => !data.has(key));
  return missing === undefined ? undefined : failure('InvalidSpec', `a Secret of type ${type} needs the key ${JSON.stringify(missing)}`);
}
