/**
 * Times at which possible dependants were first listed. Before that, no reference of them has a subscription, and an event for it concerns
 * no dependant.
 */
export interface FirstLists {
  /** Whether the resources of all namespaces have been listed. */
  readonly isComplete: boolean;
  /** Monotonic time since which the resources of this namespace are known. Undefined if unknown. */
  listedAt(namespace: string): number | undefined;
  /** The latest of these times. Undefined without any. */
  readonly lastAt: number | undefined;
}
