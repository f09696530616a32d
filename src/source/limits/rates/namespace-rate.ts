/** What the rates of a namespace depend on. They grow with the number of its resources. */
import type { Clock } from '../../../base/time/clock.ts';

export interface NamespaceRateOptions {
  readonly clock: Clock;
  /** Number of resources of a namespace; undefined: the rate is not limited. */
  readonly resourcesIn?: ((namespace: string) => number) | undefined;
}
