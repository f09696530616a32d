// In-process access to the parameters of one account and region: the same rules as over HTTP, but no IAM, no faults, no counters.
import { parameterArn } from '../parameter-store/parameter-name.ts';
import { latestOf, type ParameterType } from '../parameter-store/parameter.ts';
import { PARAMETER_STORE_OPERATIONS } from '../parameter-store/service.ts';
import type { Caller } from '../secrets-manager/context.ts';
import type { World } from '../world.ts';

export interface PutParameterOptions {
  /** Default for a new one: String. */
  readonly type?: ParameterType;
  readonly keyId?: string;
  readonly tier?: 'Standard' | 'Advanced' | 'Intelligent-Tiering';
}

export interface ParameterDescription {
  readonly arn: string;
  readonly version: number;
  readonly modifiedMs: number;
  /** Version number by label. */
  readonly labels: Readonly<Record<string, number>>;
}

/** Every method throws AwsError (`code`, `message`) where Parameter Store would refuse. */
export interface ParametersControl {
  /** Creates or overwrites; gives the new version number. */
  put(name: string, value: string, options?: PutParameterOptions): number;
  label(name: string, version: number, ...labels: readonly string[]): void;
  tag(name: string, tags: Readonly<Record<string, string>>): void;
  untag(name: string, keys: readonly string[]): void;
  delete(name: string): void;
  describe(name: string): ParameterDescription;
}

export function parametersControl(world: World, account: string, region: string): ParametersControl {
  const parameters = world.parameters(account, region);
  const call = (operation: string, input: object): Record<string, unknown> => {
    const caller: Caller = { world, operation, account, region, principal: undefined };
    return PARAMETER_STORE_OPERATIONS.get(operation)!.run(caller, input) as Record<string, unknown>;
  };
  return {
    put(name, value, { type, keyId, tier } = {}) {
      const input = {
        Name: name,
        Value: value,
        Type: parameters.get(name) ? type : (type ?? 'String'),
        KeyId: keyId,
        Tier: tier,
        Overwrite: true,
      };
      return Number(call('PutParameter', input)['Version']);
    },
    label: (name, version, ...labels) => void call('LabelParameterVersion', { Name: name, ParameterVersion: version, Labels: labels }),
    tag: (name, tags) =>
      void call('AddTagsToResource', {
        ResourceType: 'Parameter',
        ResourceId: name,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    untag: (name, keys) => void call('RemoveTagsFromResource', { ResourceType: 'Parameter', ResourceId: name, TagKeys: keys }),
    delete: (name) => void call('DeleteParameter', { Name: name }),
    describe(name) {
      const parameter = parameters.get(name);
      if (!parameter) throw new RangeError(`there is no parameter ${name}`);
      const { number, modifiedMs } = latestOf(parameter);
      return {
        arn: parameterArn(account, region, parameter.name),
        version: number,
        modifiedMs,
        labels: Object.fromEntries(parameter.labels),
      };
    },
  };
}
