/** spec.restart of an ExternalSecret in the form of the restart engine. Types only. */
import type { ObjectName } from '../../base/key.ts';
import type { RestartRequest } from '../policy/policy-of.ts';

/** Names an ExternalSecret of any API group that the process serves. */
export interface PolicyOwner extends ObjectName {
  /** Group resource of the ExternalSecret. */
  readonly resource: string;
}

export interface RestartSpec extends RestartRequest {
  readonly owner: PolicyOwner;
  /** A GroupId. */
  readonly group: string;
  /** Name of the Secret that it writes. */
  readonly secretName: string;
}
