/** Priorities of keys. Lower numbers go first. */
export const priority = {
  /** A missing Secret, a Secret that another client changed, and new resources. */
  urgent: 0,
  /** The specification, the store or a credential changed. */
  change: 1,
  /** A change in AWS. */
  source: 2,
  retry: 3,
  /** Refreshes, and objects of the first list. */
  periodic: 4,
} as const;

export type Priority = (typeof priority)[keyof typeof priority];
