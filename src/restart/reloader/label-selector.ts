/**
 * Label selectors in the form of Reloader's flags: the form of Kubernetes (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/), and the
 * older `key:value` and `*` for any value. Pure.
 */
import { valueIn } from '../../api/object/object.ts';
import { failed, ok, type Result } from '../../base/result.ts';

interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent';
  readonly values: readonly string[];
}

/** All requirements must hold. Empty: selects everything. */
export type LabelSelectorList = readonly Requirement[];

/** The failure is a text for the person who set the flag. */
export function parseLabelSelector(text: string): Result<LabelSelectorList, string> {
  const requirements: Requirement[] = [];
  for (const part of splitOutsideBrackets(text)) {
    if (part === '') continue;
    const requirement = requirementOf(part);
    if (requirement === undefined) return failed(`"${part.slice(0, 80)}" is no label selector`);
    requirements.push(requirement);
  }
  return ok(requirements);
}

export function labelsMatch(selector: LabelSelectorList, labels: Readonly<Record<string, string>> | undefined): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = valueIn(labels, key);
    switch (operator) {
      case 'in':
        return value !== undefined && values.includes(value);
      case 'notin':
        return value === undefined || !values.includes(value);
      case 'exists':
        return value !== undefined;
      case 'absent':
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}

function splitOutsideBrackets(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (at < text.length && (text[at] !== ',' || depth > 0)) continue;
    parts.push(text.slice(start, at).trim());
    start = at + 1;
  }
  return parts;
}

function requirementOf(part: string): Requirement | undefined {
  const set = /^(\S+) +(in|notin) *\(([^()]*)\)$/.exec(part);
  if (set !== null) return checked(set[1], set[2] as 'in' | 'notin', (set[3] ?? '').split(','));
  if (part.startsWith('!')) return checked(part.slice(1), 'absent', []);
  const at = part.search(/!=|==|=|:/);
  if (at < 0) return checked(part, 'exists', []);
  const joint = /^(?:!=|==|=|:)/.exec(part.slice(at))?.[0] ?? '';
  const value = part.slice(at + joint.length).trim();
  if (value === '*' && joint !== '!=') return checked(part.slice(0, at), 'exists', []);
  return checked(part.slice(0, at), joint === '!=' ? 'notin' : 'in', [value]);
}

function checked(key: string | undefined, operator: Requirement['operator'], values: readonly string[]): Requirement | undefined {
  const name = (key ?? '').trim();
  const texts = values.map((value) => value.trim());
  const isValid =
    /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?$/.test(name) && texts.every((value) => /^[A-Za-z0-9._-]{0,63}$/.test(value));
  return isValid ? { key: name, operator, values: texts } : undefined;
}
