/**
 * An API group that the controllers serve: its kinds, labels, annotations and reserved names. The dialect is passed to the controllers, so that one
 * process can serve two groups. Objects of two groups share only the source engine.
 */
import type { ConditionWords } from './condition-words.ts';
import { valueIn } from './object/object.ts';
import type { RecordFormat } from './record-format.ts';
import type { CustomResourceType } from './object/resource-type.ts';

export interface Dialect {
  /** API group of the kinds: `keytender.dev`. */
  readonly group: string;
  /** Category of the kinds: `kubectl get <category>` lists the objects of all of them. */
  readonly category: string;
  readonly kinds: DialectKinds;
  readonly labels: DialectLabels;
  readonly annotations: DialectAnnotations;
  /** The records on a Secret. Each ExternalSecret that writes to the Secret has one record: the annotation `record.keytender.dev/<uid>`. */
  readonly records: RecordFormat;
  /** Reasons and messages of conditions. */
  readonly words: ConditionWords;
  /** Follows the names of its controllers and kinds in metrics and logs. No two dialects of one process have the same. */
  readonly metricSuffix: string;
  /** Hashes of its CustomResourceDefinitions, by group resource. Undefined: the definitions are of another project, and their schema is not checked. */
  readonly schemaHashes: Readonly<Record<string, string>> | undefined;
  /** A template may not set labels and annotations whose prefix is one of these domains or a subdomain of one. */
  readonly reservedDomains: readonly string[];
}

/**
 * The named kinds have the same names in each dialect, because fields of a specification (`secretStoreRef.kind`) contain the names. A further controller adds
 * its kind, for which `kindOf` asks.
 */
export interface DialectKinds {
  readonly [further: string]: CustomResourceType;
  readonly externalSecret: CustomResourceType & { readonly kind: 'ExternalSecret' };
  readonly secretStore: CustomResourceType & { readonly kind: 'SecretStore' };
  readonly clusterSecretStore: CustomResourceType & { readonly kind: 'ClusterSecretStore' };
}

export interface DialectLabels {
  /** Label with the value `true` on every Secret that an ExternalSecret of the group writes to. The watch of Secrets selects by it. */
  readonly managed: string;
}

export interface DialectAnnotations {
  /** Annotation on an ExternalSecret. Each new value causes one refresh that ignores caches and retry delays. */
  readonly forceSync: string;
  /** Prefix of the restart markers on pod templates. Each Secret has one marker: `restart.keytender.dev/<secret>`. */
  readonly restartPrefix: string;
  /** The same for ConfigMaps: `restart-configmap.keytender.dev/<configmap>`. */
  readonly restartConfigMapPrefix: string;
  /** Prefix of the settings on a workload: `workload.keytender.dev/restart`. */
  readonly workloadPrefix: string;
  /** Annotation on a CustomResourceDefinition: the hash of its generated schema. */
  readonly schema: string;
}

/** Throws a TypeError if the dialect does not have the kind: a controller was added to a dialect that it cannot serve. */
export function kindOf({ group, kinds }: Pick<Dialect, 'group' | 'kinds'>, name: string): CustomResourceType {
  const kind = valueIn(kinds, name);
  if (kind === undefined) throw new TypeError(`the dialect of ${group} has no kind ${name}`);
  return kind;
}
