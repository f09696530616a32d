/** A kind that controllers read in addition to the kinds that they reconcile. A controller brings it as a value: which objects, and what is kept of them. */
import type { KubeObject, OwnObject } from '../api/object/object.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import type { DigestKey } from '../base/digest.ts';
import type { Omitted } from '../kube/port.ts';
import type { ObjectStore } from '../watch/port.ts';
import type { IndexFunction } from '../watch/store.ts';
import type { Counted } from './budgeted-store.ts';

export interface SupportingKind<T extends KubeObject> {
  /**
   * Wake rules and `ListedKinds` name the kind by it. Kinds with equal ids are the same objects in the same reduction: they share one watch and one store. It
   * contains all that makes a difference, such as the label selector.
   */
  readonly id: string;
  readonly type: ResourceType;
  readonly labelSelector?: string;
  /** The part of an object that is kept. */
  readonly reduce: (raw: KubeObject, context: ReduceContext) => T;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Limits the memory for its objects. Absent: their number and size are limited, or nobody but the owner of the cluster makes them. */
  readonly memory?: SupportingMemory<T>;
  /** Metadata that is not parsed. */
  readonly omitted?: Omitted;
  /** Only metadata is requested. */
  readonly metadataOnly?: boolean;
  /** Ids of kinds that are listed first, because `reduce` looks at their objects. */
  readonly after?: readonly string[];
}

export interface SupportingMemory<T extends OwnObject> extends Counted<T> {
  /** See `OwnKindDefinition.memoryWeight`: all kinds share the memory for objects. */
  readonly weight: number;
  /** Name of the kind in metrics. */
  readonly kind: string;
}

export interface ReduceContext {
  /** The kept objects of a kind that a controller reconciles. `T`: in their reduced form. */
  readonly own: <T extends OwnObject>(type: ResourceType) => ObjectStore<T>;
  readonly digestKey: DigestKey;
}

/** A kind with any type of objects. Its functions get only results of its own `reduce`. */
export type AnySupportingKind = SupportingKind<KubeObject>;

export function anySupporting<T extends KubeObject>(kind: SupportingKind<T>): AnySupportingKind {
  return kind as unknown as AnySupportingKind;
}
