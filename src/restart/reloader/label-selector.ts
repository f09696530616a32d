/**
 * Label selectors in the form of Reloader's flags: the form of Kubernetes (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/), and the
 * older `key:value` and `*` for any value. Pure.
 */
import { type LabelRequirement, selects } from '../../api/object/label-selector.ts';
import { failed, ok, type Result } from '../../base/result.ts';

/** All requirements must hold. Empty: selects everything. */
export type LabelSelectorList = readonly LabelRequirement[];

/** The failure is a text for the person who set the flag. */
export function parseLabelSelector(text: string): Result<LabelSelectorList, string> {
  const requirements: LabelRequirement[] = [];
  for (const part of splitOutsideBrackets(text)) {
    if (part === '') continue;
    const requirement = requirementOf(part);
    if (requirement === undefined) return failed(`"${part.slice(0, 80)}" is no label selector`);
    requirements.push(requirement);
  }
  return ok(requirements);
}

export function labelsMatch(selector: LabelSelectorList, labels: Readonly<Record<string, string>> | undefined): boolean {
  return selects({ matchExpressions: selector }, labels ?? {});
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

const setOperators = { in: 'In', notin: 'NotIn' } as const;

function requirementOf(part: string): LabelRequirement | undefined {
  const set = /^(\S+) +(in|notin) *\(([^()]*)\)$/.exec(part);
  if (set !== null) return checked(set[1], setOperators[set[2] as keyof typeof setOperators], (set[3] ?? '').split(','));
  if (part.startsWith('!')) return checked(part.slice(1), 'DoesNotExist', []);
  const at = part.search(/!=|==|=|:/);
  if (at < 0) return checked(part, 'Exists', []);
  const joint = /^(?:!=|==|=|:)/.exec(part.slice(at))?.[0] ?? '';
  const value = part.slice(at + joint.length).trim();
  if (value === '*' && joint !== '!=') return checked(part.slice(0, at), 'Exists', []);
  return checked(part.slice(0, at), joint === '!=' ? 'NotIn' : 'In', [value]);
}

function checked(key: string | undefined, operator: LabelRequirement['operator'], values: readonly string[]): LabelRequirement | undefined {
  const name = (key ?? '').trim();
  const texts = values.map((value) => value.trim());
  const isValid =
    /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?$/.test(name) && texts.every((value) => /^[A-Za-z0-9._-]{0,63}$/.test(value));
  return isValid ? { key: name, operator, values: texts } : undefined;
}
