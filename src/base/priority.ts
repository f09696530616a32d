/** How urgent work on a key is. Lower numbers go first. */
export const priority = {
  /** A Secret that is missing or was changed by somebody else, and resources never seen before. */
  urgent: 0,
  /** The specification, the store or a credential changed. */
  change: 1,
  /** AWS has something new. */
  source: 2,
  retry: 3,
  /** Refreshes and what is found at the start. */
  periodic: 4,
} as const;

export type Priority = (typeof priority)[keyof typeof priority];
