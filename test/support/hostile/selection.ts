// Selects the hostile inputs to run, and their bounds. Pure.
import { ciLimits, limits, type Limits } from './findings.ts';

export interface Selectable {
  readonly name: string;
  /** Whether it is one of the few that CI tries as well. Default false. */
  readonly inCi?: boolean;
  readonly limits?: Partial<Limits>;
}

/** Set by `npm run hostile -- --ci`. */
export const CI_VARIABLE = 'KEYTENDER_HOSTILE_CI';

type Environment = Readonly<Record<string, string | undefined>>;

export function isSelected({ name, inCi = false }: Selectable, env: Environment): boolean {
  return name.includes(env['KEYTENDER_HOSTILE_ONLY'] ?? '') && (inCi || env[CI_VARIABLE] !== '1');
}

/** The bounds of the rule; those of a busy machine in CI. */
export function limitsFor(input: Selectable, env: Environment): Limits {
  return { ...(env[CI_VARIABLE] === '1' ? ciLimits : limits), ...input.limits };
}

const FOLDER = 'test/cluster/hostile';

/** The arguments of `npm run hostile -- FILE`: the script names the whole folder first, which a file or folder after it replaces. */
export function withoutFolder(args: readonly string[]): readonly string[] {
  const namesMore = args.some((arg) => arg !== FOLDER && !arg.startsWith('-'));
  return namesMore ? args.filter((arg) => arg !== FOLDER) : args;
}
