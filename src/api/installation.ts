/** Names that belong to the installation and not to one API group. No other file contains them. */
export const installation = {
  /** The field manager of all writes (metadata.managedFields). */
  fieldManager: 'keytender',
  /** reportingController of Events. */
  reportingController: 'keytender.dev/keytender',
  /** The Lease of the leader election. */
  leaseName: 'keytender',
  /** Annotation on the Lease, for the next leader: the time until which all due refreshes are done. */
  doneUntilAnnotation: 'keytender.dev/done-until',
  /** The Secret with the digest key, in the operator's namespace. No ExternalSecret may write to a Secret of this name. */
  digestKeySecret: 'keytender-digest-key',
  /** The ConfigMaps with what is known of restarts, in the operator's namespace: `keytender-restarts-0` and so on. */
  restartLedger: 'keytender-restarts',
} as const;

/** The Lease of one shard of an installation. Without a shard the installation has one Lease. */
export function leaseNameOf(shard?: string): string {
  return shard === undefined ? installation.leaseName : `${installation.leaseName}-${shard}`;
}

/** The name of one part of the ledger of restarts. Each shard of an installation has a ledger of its own. */
export function ledgerNameOf(part: number, shard?: string): string {
  return [installation.restartLedger, ...(shard === undefined ? [] : [shard]), part].join('-');
}
