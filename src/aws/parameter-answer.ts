/** Finds the entries of a GetParameters answer for the references that were asked for. Pure. AWS sorts them by name. */
import type { Outcome } from '../api/failure.ts';
import { failed } from '../base/result.ts';
import { type CallSubject, fromAws } from './errors.ts';

import { parameterId, splitParameterId } from './parameter-id.ts';
import { type ParameterEntry, parameterVersionOf } from './parameter-version.ts';
import type { SecretVersion, VersionReference } from './port.ts';

export interface ParametersAnswer {
  readonly Parameters?: readonly ParameterEntry[] | undefined;
  /** What does not exist: the parameter, its version or its label. As it was asked for. */
  readonly InvalidParameters?: readonly string[] | undefined;
}

/** One for each reference, in their order; undefined for one that was not answered, which is to be asked alone. */
export function sortParameters(
  references: readonly VersionReference[],
  { Parameters = [], InvalidParameters = [] }: ParametersAnswer,
  subjectOf: (reference: VersionReference) => CallSubject,
): readonly (Outcome<SecretVersion> | undefined)[] {
  const entries = new Map(Parameters.flatMap((entry) => idsOf(entry).map((id) => [id, entry] as const)));
  const missing = new Set(InvalidParameters);
  return references.map((reference) => {
    const id = parameterId(reference);
    const entry = entries.get(id);
    const subject = subjectOf(reference);
    if (entry !== undefined) return parameterVersionOf(entry, reference.version, subject.what);
    return missing.has(id) ? failed(fromAws({ name: 'ParameterNotFound' }, subject)) : undefined;
  });
}

/** The ids that an entry may have been asked for by. A shared parameter has its ARN as name, whose end may hold the selector. */
function idsOf({ Name: name, ARN: arn, Selector: selector = '' }: ParameterEntry): readonly string[] {
  return [name, arn].filter((id) => id !== undefined).map((id) => `${splitParameterId(id).base}${selector}`);
}
