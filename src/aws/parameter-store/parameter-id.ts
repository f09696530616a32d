/** The ids of requests to Parameter Store: name or ARN, with `:3` for a version and `:label` for a label. Pure. */
import type { VersionReference } from '../port.ts';

/** Names and labels contain no colon. In an ARN, a colon after the sixth part begins the selector. */
const SELECTED = /^((?:arn:[^:]*:[^:]*:[^:]*:[^:]*:)?[^:]*)(.*)$/s;

const OF_ARN = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:parameter(?=\/)/;

/** Without a selector for the latest version. */
export function parameterId({ secretId, version }: VersionReference): string {
  if (version.kind === 'id') return `${secretId}:${version.id}`;
  return version.kind === 'tags' || version.stage === 'AWSCURRENT' ? secretId : `${secretId}:${version.stage}`;
}

/** Name or ARN, and the selector with its colon or ''. */
export function splitId(id: string): readonly [base: string, selector: string] {
  const [, base = id, selector = ''] = SELECTED.exec(id) ?? [];
  return [base, selector];
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
  return splitId(id)[0].replace(OF_ARN, '').replace(/^\//, '');
}
