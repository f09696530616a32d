/** The ids by which Parameter Store is asked: name or ARN, with `:3` for a version and `:label` for a label. Pure. */
import type { VersionReference } from './port.ts';

/** Neither names nor labels hold a colon; of an ARN only what follows the sixth part may be a selector. */
const SELECTED = /^((?:arn:[^:]*:[^:]*:[^:]*:[^:]*:)?[^:]*)(:[^:]+)?$/;

/** The latest version when none is asked for. */
export function parameterId({ secretId, version }: VersionReference): string {
  if (version.kind === 'id') return `${secretId}:${version.id}`;
  return version.stage === 'AWSCURRENT' ? secretId : `${secretId}:${version.stage}`;
}

/** Name or ARN, and selector with its colon (or nothing). */
export function splitParameterId(id: string): { readonly base: string; readonly selector: string } {
  const [, base, selector] = SELECTED.exec(id) ?? [];
  return base === undefined ? { base: id, selector: '' } : { base, selector: selector ?? '' };
}
