// Names of parameters: the rules for a new one, and the meaning of ids in a request (name or ARN, with version or label).
import { partitionOf } from '../arn.ts';
import { accessDenied, AwsError, validation } from '../aws-error.ts';

const MAX_LEVELS = 15;
/** Of the ARN. */
const MAX_LENGTH = 1_011;

const NAME_HELP =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

export interface ParameterId {
  readonly name: string;
  /** Of an ARN; undefined for a name, which is one of the caller's account and region. */
  readonly place: { readonly account: string; readonly region: string } | undefined;
  readonly selector: string | undefined;
}

/** A name of one level is the same with and without its slash. */
export const keyOfName = (name: string): string => (/^\/[^/]+$/.test(name) ? name.slice(1) : name);

export const parameterArn = (account: string, region: string, name: string): string =>
  `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;

/** @throws ValidationException for what is no id; spaces around it are ignored. */
export function parseId(text: string): ParameterId {
  const id = text.trim();
  const arn = /^arn:aws[a-z-]*:ssm:([a-z0-9-]+):(\d{12}):parameter(\/[^:]+)(?::([^:]+))?$/.exec(id);
  if (arn) {
    const [, region, account, path, selector] = arn as unknown as [string, string, string, string, string | undefined];
    return { name: keyOfName(path), place: { account, region }, selector };
  }
  const [, name, selector] = /^([a-zA-Z0-9_./-]+)(?::([a-zA-Z0-9_.-]{1,100}))?$/.exec(id) ?? [];
  if (name === undefined) throw validation(`Invalid parameter name. ${NAME_HELP}`);
  return { name: keyOfName(name), place: undefined, selector };
}

/** The id without its selector: what faults and counters go by. */
export const withoutSelector = (text: string): string =>
  text.startsWith('arn:') ? text.replace(/(:parameter\/[^:]*):[^:]+$/, '$1') : text.split(':')[0]!;

/** The name of a new parameter. */
export function checkNewName(text: string, account: string, region: string): string {
  const name = text.trim();
  if (/^\/?aws\//i.test(name)) throw accessDenied(`No access to reserved parameter name: ${name}.`);
  if (/^\/?(aws|ssm)/i.test(name)) throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  if (!/^\/?[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+)*$/.test(name)) throw validation(NAME_HELP);
  if (name.includes('/') && !name.startsWith('/')) throw validation('Parameter name must be a fully qualified name.');
  const levels = name.replace(/^\//, '').split('/').length;
  if (levels > MAX_LEVELS) {
    throw new AwsError('HierarchyLevelLimitExceededException', `A hierarchy can have a maximum of ${MAX_LEVELS} levels.`);
  }
  if (parameterArn(account, region, name).length > MAX_LENGTH)
    throw validation(`Parameter name must not be longer than ${MAX_LENGTH} characters.`);
  return name;
}
