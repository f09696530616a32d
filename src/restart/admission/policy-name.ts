/** The name of a group for people. Pure. */
import { excerpt } from '../../base/excerpt.ts';

const LONGEST_GROUP = 90;

/** Who set the policy, as people name it. Its namespace is that of the workload. At most 91 characters, so that a sentence has room for more. */
export function policyName(group: string): string {
  const [resource = '', , name] = group.split('/');
  if (name === undefined) return excerpt(group, LONGEST_GROUP);
  const kind = resource.includes('.') ? 'ExternalSecret' : resource;
  return excerpt(`${kind} ${JSON.stringify(name)}`, LONGEST_GROUP);
}
