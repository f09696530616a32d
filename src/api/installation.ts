/** Names that one installation has once, whichever API groups it serves. No other file writes them. */
export const installation = {
  /** The manager in metadata.managedFields of all that Keytender writes. */
  fieldManager: 'keytender',
  /** reportingController of Events. */
  reportingController: 'keytender.dev/keytender',
  /** The Lease of the leader election. */
  leaseName: 'keytender',
  /** Annotation on the Lease: until when all that was due is done, for the next leader. */
  doneUntilAnnotation: 'keytender.dev/done-until',
  /** The Secret with the digest key, in the operator's namespace. No ExternalSecret may write to a Secret of this name. */
  digestKeySecret: 'keytender-digest-key',
} as const;
