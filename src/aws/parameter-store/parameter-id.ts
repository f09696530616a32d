/** The ids by which Parameter Store is asked: name or ARN, with `:3` for a version and `:label` for a label. Pure. */
import { parseArn } from '../../api/arn.ts';
import type { VersionReference } from '../port.ts';

/** The latest version when none is asked for. */
export function parameterId({ secretId, version }: VersionReference): string {
  if (version.kind === 'id') return `${secretId}:${version.id}`;
  return version.kind === 'tags' || version.stage === 'AWSCURRENT' ? secretId : `${secretId}:${version.stage}`;
}

/** Name or ARN, and what follows it: the selector with its colon, or nothing. Neither names nor labels contain a colon. */
export function splitId(id: string): readonly [base: string, selector: string] {
  const end = id.indexOf(':', id.length - (parseArn(id)?.resource ?? id).length);
  return end < 0 ? [id, ''] : [id.slice(0, end), id.slice(end)];
}

/** Equal for ids of the same parameter: a name of one level may begin with a slash or not. */
export function canonicalId(id: string): string {
  const [base, selector] = splitId(id);
  return `${/^\/[^/]*$/.test(base) ? base.slice(1) : base}${selector}`;
}

/** Name or ARN without the selector. Equal for ids of the same parameter. */
export function baseOf(id: string): string {
  return canonicalId(splitId(id)[0]);
}

/** The name of the parameter without a leading slash. An ARN loses account and region. */
export function nameIn(id: string): string {
  const [base] = splitId(id);
  const arn = parseArn(base);
  return (arn === undefined ? base : arn.resource.replace(/^parameter(?=\/)/, '')).replace(/^\//, '');
}
