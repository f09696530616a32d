// AddTagsToResource, RemoveTagsFromResource and ListTagsForResource, of parameters only. Tags change no version and send no event.
import { z } from 'zod';
import { AwsError, validation } from '../aws-error.ts';
import type { Caller } from '../secrets-manager/context.ts';
import { operation } from '../secrets-manager/operation.ts';
import { authorize } from './access.ts';
import type { Parameter } from './parameter.ts';

const MAX_TAGS = 50;
const resource = { ResourceType: z.literal('Parameter'), ResourceId: z.string().min(1) };
const key = z.string().min(1).max(128);

export const listTagsForResource = operation(z.object(resource), (caller, { ResourceId }) => ({
  TagList: [...tagged(caller, ResourceId).tags].map(([Key, Value]) => ({ Key, Value })),
}));

export const addTagsToResource = operation(
  z.object({ ...resource, Tags: z.array(z.object({ Key: key, Value: z.string().max(256) })).max(1_000) }),
  (caller, { ResourceId, Tags }) => {
    const parameter = tagged(caller, ResourceId);
    if (Tags.some(({ Key }) => /^aws:/i.test(Key))) throw validation("Tag keys can't start with aws:.");
    const tags = new Map([...parameter.tags, ...Tags.map(({ Key, Value }) => [Key, Value] as const)]);
    if (tags.size > MAX_TAGS) throw new AwsError('TooManyTagsError', 'The Targets parameter includes too many tags.');
    return save(caller, { ...parameter, tags });
  },
);

export const removeTagsFromResource = operation(z.object({ ...resource, TagKeys: z.array(key) }), (caller, { ResourceId, TagKeys }) => {
  const parameter = tagged(caller, ResourceId);
  return save(caller, { ...parameter, tags: new Map([...parameter.tags].filter(([name]) => !TagKeys.includes(name))) });
});

/** By its name; strict about all else (ARN, version, label), of which the API model knows nothing. AWS sends no words with the error. */
function tagged(caller: Caller, id: string): Parameter {
  if (!/^[a-zA-Z0-9_./-]+$/.test(id)) throw new AwsError('InvalidResourceId', '');
  authorize(caller, { name: id, place: undefined });
  const parameter = caller.world.parameters(caller.account, caller.region).get(id);
  if (!parameter) throw new AwsError('InvalidResourceId', '');
  return parameter;
}

function save(caller: Caller, parameter: Parameter): object {
  caller.world.parameters(caller.account, caller.region).retag(parameter);
  return {};
}
