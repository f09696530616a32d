/** The arguments of the command line: the text of each flag, not parsed yet. Pure. */
import { parseArgs } from 'node:util';
import { failed, ok, type Result } from '../base/result.ts';
import { nearest } from './nearest.ts';
import type { Setting } from './setting.ts';

export interface Arguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly commands: readonly string[];
  /** The values of each given flag, in the order of the command line. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

type Known = Pick<Setting<unknown>, 'flag' | 'placeholder' | 'accepts'>;

/** Fails with one line for people: unknown flag, or flag without its value. */
export function readArguments(args: readonly string[], known: readonly Known[]): Result<Arguments, string> {
  const byFlag = new Map(known.map((setting) => [setting.flag, setting]));
  const values = new Map<string, string[]>();
  const commands: string[] = [];
  const requested = { help: false, version: false };
  for (const token of tokensOf(args, known)) {
    if (token.kind === 'positional') commands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name } = token;
    if (name === 'help' || name === 'version') {
      requested[name] = true;
      continue;
    }
    const value = valueOf(token, byFlag);
    if (!value.ok) return value;
    values.set(name, [...(values.get(name) ?? []), value.value]);
  }
  return ok({ ...requested, commands, values });
}

interface Option {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

function valueOf({ name, rawName, value }: Option, byFlag: ReadonlyMap<string, Known>): Result<string, string> {
  const setting = byFlag.get(name);
  if (setting === undefined) return failed(unknownFlag(rawName, name, [...byFlag.keys(), 'help', 'version']));
  const given = setting.placeholder === undefined ? (value ?? 'true') : value;
  return given === undefined ? failed(`flag --${name} needs a value: want ${setting.accepts}`) : ok(given);
}

/** Not strict, because the messages of node:util name neither the accepted values nor a similar flag. */
function tokensOf(args: readonly string[], known: readonly Known[]) {
  const described = known.map(({ flag, placeholder }) => [flag, { type: placeholder === undefined ? 'boolean' : 'string' }] as const);
  const options = { ...Object.fromEntries(described), help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const;
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function unknownFlag(raw: string, name: string, flags: readonly string[]): string {
  const meant = nearest(name.toLowerCase(), flags);
  return `unknown flag ${JSON.stringify(raw).slice(1, -1)}${meant === undefined ? '; see --help' : `; did you mean --${meant}?`}`;
}
