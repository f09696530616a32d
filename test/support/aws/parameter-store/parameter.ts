// A parameter and its versions as immutable values. A label is on at most one version.
import { AwsError, validation } from '../aws-error.ts';

export type ParameterType = 'String' | 'StringList' | 'SecureString';
export type Tier = 'Standard' | 'Advanced';

const MAX_LABELS = 10;
const KEPT_VERSIONS = 100;

export interface ParameterVersion {
  readonly number: number;
  readonly value: string;
  readonly modifiedMs: number;
  readonly keyId: string | undefined;
}

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly tier: Tier;
  readonly dataType: string;
  readonly description: string | undefined;
  readonly allowedPattern: string | undefined;
  /** Oldest first; never empty. */
  readonly versions: readonly ParameterVersion[];
  /** Version number by label. */
  readonly labels: ReadonlyMap<string, number>;
  readonly tags: ReadonlyMap<string, string>;
}

export const latestOf = (parameter: Parameter): ParameterVersion => parameter.versions.at(-1)!;

export function labelsOf(parameter: Parameter, number: number): string[] {
  return [...parameter.labels].flatMap(([label, version]) => (version === number ? [label] : []));
}

/** The version that a selector (`3`, `label`, or nothing) means. */
export function selectVersion(parameter: Parameter, selector: string | undefined): ParameterVersion | undefined {
  if (selector === undefined) return latestOf(parameter);
  const number = /^\d+$/.test(selector) ? Number(selector) : parameter.labels.get(selector);
  return parameter.versions.find((version) => version.number === number);
}

/** A hundred versions are kept; the oldest makes room unless it has a label. */
export function addVersion(parameter: Parameter, version: ParameterVersion): Parameter {
  const versions = [...parameter.versions, version];
  if (versions.length <= KEPT_VERSIONS) return { ...parameter, versions };
  const [oldest, ...kept] = versions;
  if (labelsOf(parameter, oldest!.number).length > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${parameter.name} by calling the PutParameter API with the overwrite flag. Version ${oldest!.number}, the oldest version, can't be deleted because it has a label associated with it.`,
    );
  }
  return { ...parameter, versions: kept };
}

/** Moves labels to a version; gives those that are no good, which are left out. */
export function label(parameter: Parameter, number: number, wanted: readonly string[]): { parameter: Parameter; invalid: string[] } {
  const invalid = wanted.filter((name) => !/^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(name) || /^(aws|ssm)/i.test(name));
  const labels = new Map(parameter.labels);
  for (const name of wanted) if (!invalid.includes(name)) labels.set(name, number);
  const labelled = { ...parameter, labels };
  if (labelsOf(labelled, number).length > MAX_LABELS) {
    throw new AwsError('ParameterVersionLabelLimitExceeded', 'A parameter version can have a maximum of ten labels.');
  }
  return { parameter: labelled, invalid };
}

/** Bytes of a value. */
const MAX_BYTES: Readonly<Record<Tier, number>> = { Standard: 4_096, Advanced: 8_192 };

/** The tier that a value needs or is asked to have. */
export function tierFor(value: string, wanted: Tier | 'Intelligent-Tiering' | undefined, present: Tier | undefined): Tier {
  const bytes = Buffer.byteLength(value);
  const intelligent = wanted === 'Intelligent-Tiering' && bytes > MAX_BYTES.Standard ? 'Advanced' : 'Standard';
  const tier = wanted === undefined || wanted === 'Intelligent-Tiering' ? (present ?? intelligent) : wanted;
  if (present === 'Advanced' && tier === 'Standard') {
    throw validation("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier.");
  }
  if (bytes <= MAX_BYTES[tier]) return tier;
  const more = tier === 'Standard' ? ' Create the parameter as an advanced parameter.' : '';
  throw validation(`${tier} tier parameters support a maximum parameter value of ${MAX_BYTES[tier]} characters.${more}`);
}
