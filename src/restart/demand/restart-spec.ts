/** spec.restart of an ExternalSecret in the form of the restart engine. Types only. */
import type { LabelSelector } from '../pod-selector.ts';
import type { ConsumerKind } from '../consumer/consumer.ts';
import type { RestartPolicy } from '../policy/policy.ts';
import type { GroupId } from './demand.ts';

export type RestartTargetSpec =
  | { readonly kind: ConsumerKind; readonly name: string }
  | { readonly kind: ConsumerKind; readonly selector: LabelSelector };

export interface RestartSpec {
  readonly group: GroupId;
  readonly namespace: string;
  /** Name of the ExternalSecret. */
  readonly name: string;
  /** Name of the Secret that it writes. */
  readonly secretName: string;
  readonly mode: 'Targets' | 'Discover';
  /** Empty with Discover. */
  readonly targets: readonly RestartTargetSpec[];
  /** Changes of other keys restart nobody. */
  readonly keys: 'all' | readonly string[];
  readonly policy: RestartPolicy;
}
