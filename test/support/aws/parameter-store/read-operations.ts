// GetParameter, GetParameters, GetParametersByPath and GetParameterHistory.
import { z } from 'zod';
import { AwsError, validation } from '../aws-error.ts';
import { operation, seconds } from '../secrets-manager/operation.ts';
import type { Caller } from '../secrets-manager/context.ts';
import { paginate } from '../secrets-manager/pagination.ts';
import { authorize, useKey } from './access.ts';
import { parameterArn, parseId, type ParameterId } from './parameter-name.ts';
import { labelsOf, latestOf, selectVersion, type Parameter, type ParameterVersion } from './parameter.ts';

const MAX_NAMES = 10;
const name = z.string().min(1).max(2_048);
const flag = z.boolean().optional();
const nextToken = z.string().optional();

function collectionOf(caller: Caller) {
  return caller.world.parameters(caller.account, caller.region);
}

/** Gets share one budget of the account and region. */
function spend(caller: Caller): void {
  collectionOf(caller).spend(caller.world.switches.parameterThroughput);
}

export const getParameter = operation(z.object({ Name: name, WithDecryption: flag }), (caller, { Name, WithDecryption = false }) => {
  spend(caller);
  const id = parseId(Name);
  authorize(caller, id);
  const parameter = find(caller, id);
  if (!parameter) throw new AwsError('ParameterNotFound', `Parameter ${id.name} not found.`);
  const version = selectVersion(parameter, id.selector);
  if (!version) {
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${id.selector} of ${id.name}. Verify the version and try again.`,
    );
  }
  return { Parameter: shown(caller, parameter, version, WithDecryption, id.selector) };
});

export const getParameters = operation(
  z.object({ Names: z.array(name).min(1).max(MAX_NAMES), WithDecryption: flag }),
  (caller, { Names, WithDecryption = false }) => {
    spend(caller);
    const ids = Names.map((text) => ({ text, ...parseId(text) }));
    // Not documented; strict, so that nobody relies on it.
    if (new Set(ids.map((id) => (id.place ? id.text : id.name))).size < ids.length)
      throw validation('Duplicate parameter names are not allowed.');
    // One that is denied or cannot be decrypted takes all others along.
    for (const id of ids) authorize(caller, id);
    const found = ids.map((id) => {
      const parameter = find(caller, id);
      const version = parameter && selectVersion(parameter, id.selector);
      return parameter && version
        ? { ok: true, text: id.text, entry: shown(caller, parameter, version, WithDecryption, id.selector) }
        : { ok: false, text: id.text };
    });
    return {
      Parameters: found.flatMap(({ entry }) => entry ?? []).toSorted((a, b) => (a.Name < b.Name ? -1 : 1)),
      InvalidParameters: found.filter(({ ok }) => !ok).map(({ text }) => text),
    };
  },
);

const filter = z.object({
  Key: z.enum(['Type', 'KeyId', 'Label']),
  Option: z.literal('Equals').optional(),
  Values: z.array(z.string()).min(1).max(50),
});

export const getParametersByPath = operation(
  z.object({
    Path: name,
    Recursive: flag,
    ParameterFilters: z.array(filter).default([]),
    WithDecryption: flag,
    MaxResults: z.int().min(1).max(10).default(10),
    NextToken: nextToken,
  }),
  (caller, { Path, Recursive = false, ParameterFilters, WithDecryption = false, MaxResults, NextToken }) => {
    spend(caller);
    if (!Path.startsWith('/')) throw validation('The parameter path must begin with a forward slash.');
    authorize(caller, { name: Path, place: undefined });
    const path = `${Path.replace(/\/$/, '')}/`;
    const below = collectionOf(caller)
      .all()
      .filter(({ name: full }) => full.startsWith(path) && (Recursive || !full.slice(path.length).includes('/')))
      .flatMap((parameter) => filtered(parameter, ParameterFilters));
    const page = paginate(below, { key: ({ parameter }) => parameter.name, order: 'asc', limit: MaxResults, token: NextToken });
    const Parameters = page.items.map(({ parameter, version }) => shown(caller, parameter, version, WithDecryption, undefined));
    return { Parameters, NextToken: page.nextToken };
  },
);

/** The version that passes, if any: a label means the one that it sits on. */
function filtered(
  parameter: Parameter,
  filters: readonly z.output<typeof filter>[],
): readonly { parameter: Parameter; version: ParameterVersion }[] {
  let version = latestOf(parameter);
  for (const { Key, Values } of filters) {
    const labelled =
      Key === 'Label' ? parameter.versions.find(({ number }) => labelsOf(parameter, number).some((one) => Values.includes(one))) : version;
    const passes = Key === 'Label' || Values.includes((Key === 'Type' ? parameter.type : version.keyId) ?? '');
    if (!labelled || !passes) return [];
    version = labelled;
  }
  return [{ parameter, version }];
}

export const getParameterHistory = operation(
  z.object({ Name: name, WithDecryption: flag, MaxResults: z.int().min(1).max(50).default(50), NextToken: nextToken }),
  (caller, { Name, WithDecryption = false, MaxResults, NextToken }) => {
    const id = parseId(Name);
    authorize(caller, id);
    const parameter = find(caller, id);
    if (!parameter) throw new AwsError('ParameterNotFound', `Parameter ${id.name} not found.`);
    const key = ({ number }: ParameterVersion): string => String(number).padStart(19, '0');
    const page = paginate(parameter.versions, { key, order: 'asc', limit: MaxResults, token: NextToken });
    const Parameters = page.items.map((version) => {
      const { ARN: _arn, ...entry } = shown(caller, parameter, version, WithDecryption, undefined);
      return {
        ...entry,
        Labels: labelsOf(parameter, version.number),
        Tier: parameter.tier,
        KeyId: version.keyId,
        Description: parameter.description,
      };
    });
    return { Parameters, NextToken: page.nextToken };
  },
);

function find(caller: Caller, { name: wanted, place }: ParameterId): Parameter | undefined {
  const { account, region } = place ?? caller;
  return region === caller.region ? caller.world.parameters(account, region).get(wanted) : undefined;
}

function shown(caller: Caller, parameter: Parameter, version: ParameterVersion, decrypt: boolean, selector: string | undefined) {
  const secure = parameter.type === 'SecureString';
  if (secure && decrypt) useKey(caller, version, 'decrypt');
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: secure && !decrypt ? Buffer.from(`encrypted:${version.value}`).toString('base64') : version.value,
    Version: version.number,
    ...(selector !== undefined && { Selector: `:${selector}` }),
    LastModifiedDate: seconds(version.modifiedMs),
    ARN: parameterArn(caller.account, caller.region, parameter.name),
    DataType: parameter.dataType,
  };
}
