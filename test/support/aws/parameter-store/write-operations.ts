// PutParameter, LabelParameterVersion and DeleteParameter.
import { z } from 'zod';
import { AwsError, validation } from '../aws-error.ts';
import type { Caller } from '../secrets-manager/context.ts';
import { operation } from '../secrets-manager/operation.ts';
import { authorize, useKey } from './access.ts';
import { checkNewName, parseId } from './parameter-name.ts';
import { addVersion, label, latestOf, tierFor, type Parameter } from './parameter.ts';

const name = z.string().min(1).max(2_048);
const putInput = z.object({
  Name: name,
  Value: z.string().min(1),
  Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
  Overwrite: z.boolean().optional(),
  KeyId: z.string().max(256).optional(),
  Tier: z.enum(['Standard', 'Advanced', 'Intelligent-Tiering']).optional(),
  DataType: z.enum(['text', 'aws:ec2:image', 'aws:ssm:integration']).optional(),
  Description: z.string().max(1_024).optional(),
  AllowedPattern: z.string().max(1_024).optional(),
});
type PutInput = z.output<typeof putInput>;

export const putParameter = operation(putInput, (caller, input) => {
  const { account, region, world } = caller;
  const fullName = checkNewName(input.Name, account, region);
  authorize(caller, { name: fullName, place: undefined });
  const parameters = world.parameters(account, region);
  const before = parameters.get(fullName);
  if (before && input.Overwrite !== true) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  const parameter = before ? changed(before, input) : created(fullName, input);
  checkPattern(parameter.allowedPattern, input.Value);
  const keyId = parameter.type === 'SecureString' ? (input.KeyId ?? (before && latestOf(before).keyId)) : undefined;
  if (parameter.type === 'SecureString') useKey(caller, { keyId }, 'encrypt');
  const number = before ? latestOf(before).number + 1 : 1;
  const saved = addVersion(parameter, { number, value: input.Value, modifiedMs: world.clock.now(), keyId });
  parameters.save(saved, before ? 'Update' : 'Create');
  return { Version: number, Tier: saved.tier };
});

function created(fullName: string, input: PutInput): Parameter {
  if (input.Type === undefined) throw validation('A parameter type is required when you create a parameter.');
  return {
    name: fullName,
    type: input.Type,
    tier: tierFor(input.Value, input.Tier, undefined),
    dataType: input.DataType ?? 'text',
    description: input.Description,
    allowedPattern: input.AllowedPattern,
    versions: [],
    labels: new Map(),
    tags: new Map(),
  };
}

function changed(before: Parameter, input: PutInput): Parameter {
  if (input.Type !== undefined && input.Type !== before.type) {
    throw new AwsError('HierarchyTypeMismatchException', `Parameter Store does not support changing the type of ${before.name}.`);
  }
  return {
    ...before,
    tier: tierFor(input.Value, input.Tier, before.tier),
    description: input.Description ?? before.description,
    allowedPattern: input.AllowedPattern ?? before.allowedPattern,
  };
}

function checkPattern(pattern: string | undefined, value: string): void {
  if (pattern === undefined || new RegExp(pattern).test(value)) return;
  throw new AwsError('ParameterPatternMismatchException', `Parameter value, cannot be validated against allowedPattern: ${pattern}`);
}

export const labelParameterVersion = operation(
  z.object({ Name: name, ParameterVersion: z.int().min(0).optional(), Labels: z.array(z.string().min(1).max(100)).min(1).max(10) }),
  (caller, { Name, ParameterVersion, Labels }) => {
    const before = existing(caller, Name);
    const number = ParameterVersion ?? latestOf(before).number;
    if (!before.versions.some((version) => version.number === number)) {
      throw new AwsError(
        'ParameterVersionNotFound',
        `Systems Manager could not find version ${number} of ${Name}. Verify the version and try again.`,
      );
    }
    const { parameter, invalid } = label(before, number, Labels);
    caller.world.parameters(caller.account, caller.region).save(parameter, 'LabelParameterVersion');
    return { InvalidLabels: invalid, ParameterVersion: number };
  },
);

export const deleteParameter = operation(z.object({ Name: name }), (caller, { Name }) => {
  const { name: found } = existing(caller, Name);
  caller.world.parameters(caller.account, caller.region).remove(found);
  return {};
});

function existing(caller: Caller, text: string): Parameter {
  const id = parseId(text);
  authorize(caller, id);
  const parameter = caller.world.parameters(caller.account, caller.region).get(id.name);
  if (!parameter) throw new AwsError('ParameterNotFound', `Parameter ${id.name} not found.`);
  return parameter;
}
