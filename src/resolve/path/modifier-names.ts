/** The built-in modifiers of gjson. */
const NAMES = [
  'pretty',
  'ugly',
  'reverse',
  'this',
  'flatten',
  'join',
  'valid',
  'keys',
  'values',
  'tostr',
  'fromstr',
  'group',
  'dig',
] as const;

export type ModifierName = (typeof NAMES)[number];

const ALL: ReadonlySet<string> = new Set(NAMES);

export function isModifier(name: string): name is ModifierName {
  return ALL.has(name);
}
