// TagResource and UntagResource: they change LastChangedDate, never a version.
import { z } from 'zod';
import { accessDenied, AwsError } from '../aws-error.ts';
import { access, authorizeSecret, type Caller, type Found } from './context.ts';
import { checkSecretId, field, mergeTags } from './limits.ts';
import { operation, refuseIfDeleted, refuseIfReplica } from './operation.ts';
import { syncReplicas } from './replication.ts';
import { requestTags } from './write-operations.ts';

export const tagResource = operation(z.object({ SecretId: field.secretId, Tags: field.tags }), (caller, input) => {
  checkSecretId(input.SecretId);
  const found = access(caller, 'TagResource', input.SecretId, requestTags(input.Tags));
  return saveTags(caller, 'TagResource', found, mergeTags(found.secret.tags, input.Tags));
});

export const untagResource = operation(
  z.object({ SecretId: field.secretId, TagKeys: z.array(z.string().min(1).max(128)) }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    const found = access(caller, 'UntagResource', input.SecretId);
    return saveTags(caller, 'UntagResource', found, new Map([...found.secret.tags].filter(([key]) => !input.TagKeys.includes(key))));
  },
);

/** A change that would take the caller's own permission away (access by tags) is refused. */
function saveTags(caller: Caller, action: string, { store, secret }: Found, tags: ReadonlyMap<string, string>): object {
  refuseIfDeleted(secret);
  refuseIfReplica(secret, caller.region);
  const tagged = { ...secret, tags, changedMs: caller.world.clock.now() };
  try {
    authorizeSecret(caller, action, tagged, store.account);
  } catch (error) {
    if (error instanceof AwsError) throw accessDenied('The tag change would remove your own access to the secret.');
    throw error;
  }
  syncReplicas(caller, store.save(tagged));
  return {};
}
