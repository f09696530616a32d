/** When the resources that may be dependants were first listed. Before that, no reference of them is subscribed, and an event for it concerns nobody. */
export interface FirstLists {
  /** Whether the resources of all namespaces have been listed. */
  readonly isComplete: boolean;
  /** Monotonic time since which the resources of this namespace are known; undefined if they are not. */
  listedAt(namespace: string): number | undefined;
  /** The latest of these times; undefined if there is none. */
  readonly lastAt: number | undefined;
}
