/**
 * An API group as the controllers serve it: its kinds, and each name and word that they read or write for it. It is passed to them, so that one
 * process can serve two groups whose objects have nothing in common but the engine that reads from AWS.
 */
import type { ConditionWords } from './condition-words.ts';
import type { CustomResourceType } from './resource-type.ts';

export interface Dialect {
  /** API group of the kinds: `keytender.dev`. */
  readonly group: string;
  /** Category of the kinds: `kubectl get <category>` lists them all. */
  readonly category: string;
  readonly kinds: DialectKinds;
  readonly labels: DialectLabels;
  readonly annotations: DialectAnnotations;
  /** Reasons and messages of conditions. */
  readonly words: ConditionWords;
  /** Domains before the slash of labels and annotations that a template may not set, themselves and with any subdomain. */
  readonly reservedDomains: readonly string[];
}

/** The names of the kinds are the same in each dialect, because fields of a specification (`secretStoreRef.kind`) hold them. */
export interface DialectKinds {
  readonly externalSecret: CustomResourceType & { readonly kind: 'ExternalSecret' };
  readonly secretStore: CustomResourceType & { readonly kind: 'SecretStore' };
  readonly clusterSecretStore: CustomResourceType & { readonly kind: 'ClusterSecretStore' };
}

export interface DialectLabels {
  /** On every Secret that an ExternalSecret of the group writes to, with the value `true`; the watch of Secrets selects by it. */
  readonly managed: string;
}

export interface DialectAnnotations {
  /** On an ExternalSecret: each new value causes one refresh past caches and retry delays. */
  readonly forceSync: string;
  /** Prefix of the records on a Secret, one for each ExternalSecret that writes to it: `record.keytender.dev/<uid>`. */
  readonly recordPrefix: string;
  /** Prefix of the restart markers on pod templates, one for each source Secret: `restart.keytender.dev/<secret>`. */
  readonly restartPrefix: string;
  /** On a CustomResourceDefinition: the hash of the schema that it was generated with. */
  readonly schema: string;
}
