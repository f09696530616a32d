// Probes of Parameter Store. Each returns its results without dates, ARNs and texts.
import * as ssm from '@aws-sdk/client-ssm';
import { ending, type Clients, type Probe } from './calls.ts';

const put = ({ ssm: client }: Clients, Name: string, input: object = {}) =>
  client.send(new ssm.PutParameterCommand({ Name, Value: 'one', Type: 'String', ...input }));
const overwrite = (c: Clients, name: string, input: object = {}) => put(c, name, { Value: 'two', Overwrite: true, ...input });
const get = async ({ ssm: client }: Clients, Name: string, WithDecryption = true) =>
  (await client.send(new ssm.GetParameterCommand({ Name, WithDecryption }))).Parameter;
const label = async ({ ssm: client }: Clients, Name: string, Labels: string[], ParameterVersion?: number) => {
  const output = await client.send(new ssm.LabelParameterVersionCommand({ Name, Labels, ParameterVersion }));
  return [output.InvalidLabels, output.ParameterVersion];
};
const remove = ({ ssm: client }: Clients, Name: string) => client.send(new ssm.DeleteParameterCommand({ Name }));
const byPath = async ({ ssm: client }: Clients, Path: string, input: object = {}) =>
  (await client.send(new ssm.GetParametersByPathCommand({ Path, ...input }))).Parameters?.map(({ Name }) => Name);

const ofParameter = (ResourceId: string) => ({ ResourceType: 'Parameter', ResourceId }) as const;
const tag = ({ ssm: client }: Clients, name: string, Tags: ssm.Tag[]) =>
  client.send(new ssm.AddTagsToResourceCommand({ ...ofParameter(name), Tags }));
const tagsOf = async ({ ssm: client }: Clients, name: string) =>
  (await client.send(new ssm.ListTagsForResourceCommand(ofParameter(name)))).TagList?.map(({ Key, Value }) => `${Key}=${Value}`).toSorted();

async function getAll({ ssm: client }: Clients, Names: string[]) {
  const { Parameters = [], InvalidParameters = [] } = await client.send(new ssm.GetParametersCommand({ Names, WithDecryption: true }));
  const found = Parameters.map(({ Name, Value, Version }) => `${Name} ${Version} ${Value}`).toSorted();
  return [found, InvalidParameters.toSorted()];
}

const twice = async (c: Clients, n: string): Promise<string> => {
  await put(c, `/${n}/a`);
  await overwrite(c, `/${n}/a`);
  return `/${n}/a`;
};

export const PARAMETERS: Record<string, Probe> = {
  'put and get a parameter': async (c, n) => {
    const { Version, Tier } = await put(c, `/${n}/a`);
    const { Name, Type, Value, Version: read, DataType, Selector } = (await get(c, `/${n}/a`))!;
    return [Version, Tier, Name, Type, Value, read, DataType, Selector];
  },
  'put a parameter twice': async (c, n) => [await put(c, `/${n}/a`).then(() => ''), await ending(put(c, `/${n}/a`))],
  'versions of a parameter': async (c, n) => {
    const name = await twice(c, n);
    return [(await get(c, name))?.Version, (await get(c, `${name}:1`))?.Value, await ending(get(c, `${name}:3`))];
  },
  'selector of a version': async (c, n) => (await get(c, `${await twice(c, n)}:1`))?.Selector,
  'labels of a parameter': async (c, n) => {
    const name = await twice(c, n);
    const labelled = [await label(c, name, ['live'], 1), (await get(c, `${name}:live`))?.Version];
    return [...labelled, await label(c, name, ['live']), (await get(c, `${name}:live`))?.Version];
  },
  'label that nobody has given': async (c, n) => ending(get(c, `${await twice(c, n)}:none`)),
  'labels that are no good': async (c, n) => label(c, await twice(c, n), ['1st', 'awsx', 'good']),
  'eleventh label': async (c, n) => {
    const name = await twice(c, n);
    await label(c, name, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
    return ending(label(c, name, ['k']));
  },
  'label of a version that is not there': async (c, n) => ending(label(c, await twice(c, n), ['x'], 7)),
  'get several parameters': async (c, n) => {
    await put(c, `/${n}/b`);
    const name = await twice(c, n);
    await put(c, `/${n}/c`);
    return getAll(c, [`/${n}/b`, `/${n}/none`, name, `/${n}/c:9`]);
  },
  'get versions of different parameters': async (c, n) => {
    await put(c, `/${n}/b`);
    return getAll(c, [`${await twice(c, n)}:1`, `/${n}/b:1`]);
  },
  'get a parameter by ARN': async (c, n) => {
    const name = await twice(c, n);
    const arn = (await get(c, name))?.ARN;
    return [(await get(c, arn!))?.Value, await getAll(c, [arn!])];
  },
  'get eleven parameters': (c, n) =>
    ending(
      getAll(
        c,
        Array.from({ length: 11 }, (_, index) => `/${n}/${index}`),
      ),
    ),
  'get a parameter twice in a call': async (c, n) => {
    const name = await twice(c, n);
    return ending(getAll(c, [name, name]));
  },
  'missing parameter': (c, n) => ending(get(c, `/${n}/none`)),
  'secure parameter': async (c, n) => {
    await put(c, `/${n}/s`, { Type: 'SecureString' });
    return [(await get(c, `/${n}/s`))?.Value, (await get(c, `/${n}/s`, false))?.Value === 'one'];
  },
  'list of strings': async (c, n) => {
    await put(c, `/${n}/l`, { Type: 'StringList', Value: 'a,b' });
    return (await get(c, `/${n}/l`))?.Value;
  },
  'parameter of 4,097 bytes': (c, n) => ending(put(c, `/${n}/a`, { Value: 'x'.repeat(4_097) })),
  'empty parameter': (c, n) => ending(put(c, `/${n}/a`, { Value: '' })),
  'parameter without a type': (c, n) => ending(put(c, `/${n}/a`, { Type: undefined })),
  'parameter of another type': async (c, n) => ending(overwrite(c, await twice(c, n), { Type: 'SecureString' })),
  'parameter name with a space': (c, n) => ending(put(c, `/${n}/a b`)),
  'parameter name without its slash': (c, n) => ending(put(c, `${n}/a`)),
  'parameter name of AWS': (c) => ending(put(c, '/aws/x')),
  'one level with and without its slash': async (c, n) => [await put(c, n).then(() => ''), (await get(c, `/${n}`))?.Value],
  'delete a parameter and create it again': async (c, n) => {
    const name = await twice(c, n);
    await remove(c, name);
    return [await ending(get(c, name)), await ending(remove(c, name)), (await put(c, name)).Version];
  },
  'history of a parameter': async (c, n) => {
    const name = await twice(c, n);
    const { Parameters } = await c.ssm.send(new ssm.GetParameterHistoryCommand({ Name: name }));
    return Parameters?.map(({ Version, Value, Labels }) => [Version, Value, Labels]);
  },
  'parameters by path': async (c, n) => {
    await put(c, `/${n}/x/y`);
    await put(c, `/${n}x`);
    await twice(c, n);
    return [await byPath(c, `/${n}`), (await byPath(c, `/${n}/`, { Recursive: true }))?.toSorted()];
  },
  'tags of a parameter': async (c, n) => {
    const name = await twice(c, n);
    const none = await tagsOf(c, name);
    await tag(c, name, [
      { Key: 'team', Value: 'shop' },
      { Key: 'owner', Value: 'Ann' },
    ]);
    await tag(c, name, [{ Key: 'team', Value: 'billing' }]);
    const both = await tagsOf(c, name);
    await c.ssm.send(new ssm.RemoveTagsFromResourceCommand({ ...ofParameter(name), TagKeys: ['owner', 'none'] }));
    return [none, both, await tagsOf(c, name), (await get(c, name))?.Version];
  },
  'tags of a missing parameter': (c, n) => ending(tagsOf(c, `/${n}/none`)),
  'path without its slash': (c, n) => ending(byPath(c, n)),
  'parameters by path, eleven a page': (c, n) => ending(byPath(c, `/${n}`, { MaxResults: 11 })),
};
