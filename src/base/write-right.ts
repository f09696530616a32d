/** The right to write, as it stands now: with leader election the right of the Lease. */
export interface WriteRight {
  /** Milliseconds for which this process may still write; 0 or less: it may not; infinite: nothing ends it. */
  remainingMs(): number;
}

/** Without leader election. */
export const lastingRight: WriteRight = { remainingMs: () => Number.POSITIVE_INFINITY };
