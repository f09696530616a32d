// Filters of ListSecrets and BatchGetSecretValue: filters are AND-ed, their values OR-ed, a leading `!` negates a value.
import { z } from 'zod';
import { invalidParameter } from '../aws-error.ts';
import type { Secret } from './secret.ts';

export const filterField = z
  .array(
    z.object({
      Key: z.enum(['description', 'name', 'tag-key', 'tag-value', 'primary-region', 'owning-service', 'all']),
      Values: z.array(z.string().max(512)).min(1).max(10),
    }),
  )
  .max(10)
  .optional();

type Filter = NonNullable<z.output<typeof filterField>>[number];
const PATTERN = /^!?[a-zA-Z0-9 :_@/+=.\-!]*$/;

export function matchesFilters(secret: Secret, filters: readonly Filter[]): boolean {
  return filters.every(({ Key: key, Values: values }) => {
    if (!values.every((value) => PATTERN.test(value))) throw invalidParameter(`Invalid value of filter ${key}.`);
    return values.some((value) => (value.startsWith('!') ? !MATCHERS[key](secret, value.slice(1)) : MATCHERS[key](secret, value)));
  });
}

const MATCHERS: Readonly<Record<Filter['Key'], (secret: Secret, value: string) => boolean>> = {
  name: (secret, value) => secret.name.startsWith(value),
  'tag-key': (secret, value) => [...secret.tags.keys()].some((tag) => tag.startsWith(value)),
  'tag-value': (secret, value) => [...secret.tags.values()].some((tag) => tag.startsWith(value)),
  description: (secret, value) => (secret.description ?? '').toLowerCase().startsWith(value.toLowerCase()),
  'primary-region': (secret, value) => (secret.primaryRegion ?? '').startsWith(value),
  'owning-service': (secret, value) => (secret.owningService ?? '').startsWith(value),
  all: matchesAll,
};

/** Breaks the value into words; each must begin some word of the secret's attributes, whatever its case. */
function matchesAll(secret: Secret, value: string): boolean {
  const attributes = [secret.name, secret.description ?? '', secret.owningService ?? '', ...secret.tags.keys(), ...secret.tags.values()];
  const words = attributes.flatMap(wordsOf);
  return wordsOf(value).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
