// GetRandomPassword.
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { invalidParameter } from '../aws-error.ts';
import { authorize } from './context.ts';
import { field } from './limits.ts';
import { operation } from './operation.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

export const getRandomPassword = operation(
  z.object({
    PasswordLength: z.int().min(1).max(4096).default(32),
    ExcludeCharacters: z.string().max(4096).default(''),
    ExcludeNumbers: field.flag,
    ExcludePunctuation: field.flag,
    ExcludeUppercase: field.flag,
    ExcludeLowercase: field.flag,
    IncludeSpace: field.flag,
    RequireEachIncludedType: z.boolean().default(true),
  }),
  (caller, input) => {
    authorize(caller, 'GetRandomPassword', '*');
    const types: readonly (readonly [string, boolean | undefined])[] = [
      [LOWER, !input.ExcludeLowercase],
      [LOWER.toUpperCase(), !input.ExcludeUppercase],
      ['0123456789', !input.ExcludeNumbers],
      [PUNCTUATION, !input.ExcludePunctuation],
      [' ', input.IncludeSpace],
    ];
    const included = types
      .filter(([, wanted]) => wanted)
      .map(([alphabet]) => alphabet.split('').filter((character) => !input.ExcludeCharacters.includes(character)))
      .filter((alphabet) => alphabet.length > 0);
    const length = input.PasswordLength;
    if (included.length === 0) throw invalidParameter('The password would have no characters to be made of.');
    if (input.RequireEachIncludedType && length < included.length)
      throw invalidParameter('The password length is too short for the required types.');
    const all = included.flat();
    const characters = input.RequireEachIncludedType ? included.map(pick) : [];
    while (characters.length < length) characters.push(pick(all));
    return { RandomPassword: shuffle(characters).join('') };
  },
);

const pick = (alphabet: readonly string[]): string => alphabet[randomInt(alphabet.length)]!;

function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other]!, characters[last]!];
  }
  return characters;
}
