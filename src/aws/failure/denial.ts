/**
 * The type of policy that denies a call, from AWS's text: `because no identity-based policy allows the … action`, `with an explicit deny in
 * a service control policy`. Only these phrases are recognized, and only their meaning is kept. Some services and calls between accounts
 * give no reason. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
import type { DenialFacts, PolicyType } from '../../failure/failure-facts.ts';

const MISSING = /\bbecause (?:no|the) ([A-Za-z -]{1,40}?) allows the\b/;
const EXPLICIT = /\bwith an explicit deny in (?:an?|the) ([A-Za-z -]{1,40}?)(?=[.:,;]|$| arn:)/;

const POLICIES: ReadonlyMap<string, PolicyType> = new Map<string, PolicyType>([
  ['identity-based policy', 'identity-policy'],
  ['resource-based policy', 'resource-policy'],
  ['service control policy', 'service-control-policy'],
  ['resource control policy', 'resource-control-policy'],
  ['permissions boundary', 'permissions-boundary'],
  ['session policy', 'session-policy'],
  ['vpc endpoint policy', 'vpc-endpoint-policy'],
  ['role trust policy', 'trust-policy'],
  ['trust policy', 'trust-policy'],
]);

/** Undefined if AWS gives no reason. */
export function denialIn(text: string): DenialFacts | undefined {
  return denialBy('explicit', EXPLICIT.exec(text)) ?? denialBy('missing', MISSING.exec(text));
}

function denialBy(kind: DenialFacts['kind'], found: RegExpExecArray | null): DenialFacts | undefined {
  const policy = POLICIES.get(found?.[1]?.toLowerCase() ?? '');
  return policy === undefined ? undefined : { policy, kind };
}
