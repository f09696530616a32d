/** Matches the entries of a GetParameters response with the requested references. Pure. AWS sorts the entries by name. */
import type { Outcome } from '../../failure/failure.ts';
import { failed } from '../../base/result.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { fromBatchError } from '../failure/errors.ts';

import { baseOf, canonicalId, parameterId } from './parameter-id.ts';
import { type ParameterEntry, parameterVersionOf } from './parameter-version.ts';
import type { SecretVersion, VersionReference } from '../port.ts';

export interface ParametersAnswer {
  readonly Parameters?: readonly ParameterEntry[] | undefined;
  /** Names in InvalidParameters: no such parameter, version or label. */
  readonly InvalidParameters?: readonly string[] | undefined;
}

/** One result for each reference; undefined: not in the response, so it is read alone. */
export function matchParameters(
  references: readonly VersionReference[],
  { Parameters = [], InvalidParameters = [] }: ParametersAnswer,
  subjectOf: (reference: VersionReference) => CallSubject,
): readonly (Outcome<SecretVersion> | undefined)[] {
  const entries = new Map(Parameters.flatMap((entry) => idsOf(entry).map((id) => [id, entry] as const)));
  const missing = new Set(InvalidParameters.map(canonicalId));
  return references.map((reference) => {
    const id = canonicalId(parameterId(reference));
    const entry = entries.get(id);
    const subject = subjectOf(reference);
    if (entry !== undefined) return parameterVersionOf(entry, reference.version, subject);
    return missing.has(id) ? failed(fromBatchError('ParameterNotFound', undefined, subject)) : undefined;
  });
}

/** The ids of the references that an entry can belong to. In the API reference a selector is `name:label`; real responses have `:label`. */
function idsOf({ Name: name, ARN: arn, Selector: selector = '' }: ParameterEntry): readonly string[] {
  const asked = selector === '' ? '' : selector.slice(Math.max(selector.lastIndexOf(':'), 0)).replace(/^:?/, ':');
  return [name, arn].filter((id) => id !== undefined).map((id) => `${baseOf(id)}${asked}`);
}
