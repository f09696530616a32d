/** One setting as data, and a function for each kind of value that a setting can have. Pure. */
import { MAX_AUDIENCE_LENGTH } from '../api/schema/store-auth.ts';
import { QUEUE_URL } from '../api/schema/store-events.ts';
import { type Ms, ms } from '../base/time/clock.ts';
import { parseDuration } from '../base/time/duration.ts';
import { type BindAddress, parseBindAddress } from '../telemetry/server/bind-address.ts';

export interface Setting<T> {
  /** The name without dashes. The environment variable is derived from it: `log-level` is also KEYTENDER_LOG_LEVEL. */
  readonly flag: string;
  /** The default, as text of the flag. Empty if `help` describes the default. */
  readonly fallback: string;
  /** The placeholder for the value in the help text. Undefined for a boolean flag, which needs no value. */
  readonly placeholder?: string;
  readonly help: string;
  /** The accepted values; completes the sentence "want …". */
  readonly accepts: string;
  /** Undefined if the text is not accepted. */
  readonly read: (text: string) => T | undefined;
  /** The flag may be given several times; its values form one list. */
  readonly repeatable?: boolean;
}

type Described = Pick<Setting<unknown>, 'flag' | 'fallback' | 'help'>;

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

export function toggle(described: Described): Setting<boolean> {
  const words = new Map([
    ['true', true],
    ['false', false],
  ]);
  return { ...described, accepts: 'true or false', read: (text) => words.get(text) };
}

export function oneOf<T extends string>(described: Described, values: readonly T[]): Setting<T> {
  const accepts = `one of ${values.join(', ')}`;
  return { ...described, placeholder: values.join('|'), accepts, read: (text) => values.find((value) => value === text) };
}

export function duration(described: Described, least: string, most: string): Setting<Ms> {
  const [from, to] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0];
  const read = (text: string): Ms | undefined => {
    const parsed = parseDuration(text);
    return parsed !== undefined && parsed >= from && parsed <= to ? ms(Math.round(parsed)) : undefined;
  };
  return { ...described, placeholder: 'duration', accepts: `a duration from ${least} to ${most}, such as 90s or 1h30m`, read };
}

export function integer(described: Described, least: number, most: number): Setting<number> {
  const read = (text: string): number | undefined => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
  return { ...described, placeholder: 'number', accepts: `a whole number from ${least} to ${most}`, read };
}

export function address(described: Described): Setting<BindAddress> {
  return {
    ...described,
    placeholder: 'address',
    accepts: '[host]:port, such as :8080 or 127.0.0.1:8080, or 0 for none',
    read: parseBindAddress,
  };
}

/** Null if the setting is not given. */
function readNamespace(text: string): string | null | undefined {
  if (text === '') return null;
  return DNS_LABEL.test(text) ? text : undefined;
}

export function namespace(described: Described): Setting<string | null> {
  return { ...described, placeholder: 'namespace', accepts: 'the name of a namespace', read: readNamespace };
}

function readNamespaces(text: string): readonly string[] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  const listed = [...new Set(parts.filter((part) => part !== ''))];
  return listed.every((part) => DNS_LABEL.test(part)) ? listed : undefined;
}

export function namespaces(described: Described): Setting<readonly string[]> {
  const accepts = 'names of namespaces, separated by commas';
  return { ...described, placeholder: 'namespace,…', accepts, repeatable: true, read: readNamespaces };
}

/** Null if the setting is not given. */
function readQueueUrl(text: string): string | null | undefined {
  if (text === '') return null;
  return QUEUE_URL.test(text) ? text : undefined;
}

export function queueUrl(described: Described): Setting<string | null> {
  const accepts = 'the URL of a standard queue, such as https://sqs.eu-central-1.amazonaws.com/111122223333/keytender';
  return { ...described, placeholder: 'url', accepts, read: readQueueUrl };
}

/** Audiences as in a TokenRequest, separated by commas. */
function readAudiences(text: string): readonly string[] | undefined {
  const listed = [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
  const fit = listed.length > 0 && listed.every((part) => part.length <= MAX_AUDIENCE_LENGTH && !/\s/.test(part));
  return fit ? listed : undefined;
}

export function audiences(described: Described): Setting<readonly string[]> {
  const accepts = `audiences of at most ${MAX_AUDIENCE_LENGTH} characters without spaces, separated by commas`;
  return { ...described, placeholder: 'audience,…', accepts, repeatable: true, read: readAudiences };
}

/** Longer than selectors that people write. */
const MAX_TEXT = 4_096;

/** What it means is checked with the other settings. `accepts` completes the sentence "want …". */
export function text(described: Described, accepts: string): Setting<string> {
  return { ...described, placeholder: 'text', accepts, read: (given) => (given.length <= MAX_TEXT ? given : undefined) };
}

const ANNOTATION = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function readAnnotationName(given: string): string | undefined {
  return ANNOTATION.test(given) ? given : undefined;
}

export function annotationName(described: Described): Setting<string> {
  const accepts = 'the name of an annotation, such as example.com/auto';
  return { ...described, placeholder: 'annotation', accepts, read: readAnnotationName };
}
