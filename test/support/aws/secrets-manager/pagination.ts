// Pages of a sorted list with an opaque token that contains the last row, so that new rows do not shift the pages.
import { AwsError } from '../aws-error.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

export interface Paging<T> {
  readonly key: (item: T) => string;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly token: string | undefined;
}

export function paginate<T>(items: readonly T[], { key, order, limit, token }: Paging<T>): Page<T> {
  const sign = order === 'asc' ? 1 : -1;
  const after = token === undefined ? undefined : decode(token);
  const rows = items
    .map((item) => ({ item, key: key(item) }))
    .filter((row) => after === undefined || compare(row.key, after) * sign > 0)
    .sort((a, b) => compare(a.key, b.key) * sign);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map((row) => row.item), nextToken: last && rows.length > limit ? encode(last.key) : undefined };
}

/** The token of an empty first page: continuing with it starts at the first row of an ascending list. */
export const startToken = (): string => encode('');

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const encode = (key: string): string => Buffer.from(`page:${key}`).toString('base64url');

function decode(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('page:')) throw new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.');
  return text.slice(5);
}
