/**
 * Patterns of remote keys in `allowedKeys` of a store. As in IAM policies, `*` matches any number of characters, slashes included, and `?`
 * matches exactly one. A pattern must match the whole key. The time is linear in pattern and key, because a tenant may write both. Pure.
 */
import { ARN_PARTS, isArn, partsOfArn } from '../../api/arn.ts';

const NAMESPACE = '${namespace}';
/** A `?` between two `*`: to look for such a piece takes more than linear time. */
const QUESTION_BETWEEN_STARS = /\*[^*]*\?[^*]*\*/;

/** The pieces between the stars. */
type Glob = readonly string[];

export interface KeyPattern {
  /** Whether the pattern is for ARNs. */
  readonly ofArn: boolean;
  /** Six segments for an ARN, one for a name. Segments are matched one by one, so a star does not match a colon between them. */
  readonly segments: readonly Glob[];
}

/** The reason why the pattern is invalid, or undefined. */
export function keyPatternProblem(pattern: string): string | undefined {
  if (/[${}]/.test(pattern.replaceAll(NAMESPACE, ''))) return `the only variable is ${NAMESPACE}`;
  if (!isArn(pattern) && pattern.includes(':')) return 'a pattern for names holds no colon: a version or label of a parameter is left out';
  const segments = segmentsOf(pattern);
  if (segments.some((segment) => segment === '') || (isArn(pattern) && segments.length !== ARN_PARTS)) {
    return 'a pattern for ARNs has six parts, as in arn:aws:secretsmanager:eu-central-1:111122223333:secret:team/*';
  }
  return segments.some((segment) => QUESTION_BETWEEN_STARS.test(segment)) ? 'a "?" may not stand between two "*"' : undefined;
}

/** The pattern for resources of this namespace. */
export function keyPatternFor(pattern: string, namespace: string): KeyPattern {
  const segments = segmentsOf(pattern.replaceAll(NAMESPACE, namespace));
  return { ofArn: segments.length > 1, segments: segments.map((segment) => segment.split('*')) };
}

/** The name, or the six segments of an ARN. */
export function segmentsOf(text: string): readonly string[] {
  return isArn(text) ? partsOfArn(text) : [text];
}

export function matchesPattern({ segments }: KeyPattern, key: readonly string[]): boolean {
  return key.length === segments.length && segments.every((glob, index) => matchesGlob(glob, key[index] ?? ''));
}

function matchesGlob(pieces: Glob, text: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text.length === first.length && standsAt(first, text, 0);
  const end = text.length - last.length;
  if (end < first.length || !standsAt(first, text, 0) || !standsAt(last, text, end)) return false;
  // The leftmost position of each piece leaves the most room for the next pieces.
  let from = first.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}

function standsAt(piece: string, text: string, at: number): boolean {
  for (let index = 0; index < piece.length; index += 1) if (piece[index] !== '?' && piece[index] !== text[at + index]) return false;
  return true;
}
