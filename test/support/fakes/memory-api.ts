/**
 * An API server in memory: resourceVersion preconditions, uids, generations, the status subresource, merge patches, and the rules for
 * Secrets (type and immutability). A patch without changes keeps the resourceVersion, as in the real one. Objects go through JSON in both
 * directions.
 */
import { apiVersionOf, groupResource, type ResourceType } from '../../../src/api/object/resource-type.ts';
import type { KubeObject, SecretObject } from '../../../src/api/object/object.ts';
import type { ObjectName } from '../../../src/base/key.ts';
import { ok } from '../../../src/base/result.ts';
import type {
  KubeFailure,
  KubeReader,
  KubeResult,
  KubeWriter,
  MetadataPage,
  MetadataReader,
  MetadataScope,
} from '../../../src/kube/port.ts';
import { mergePatch } from './merge-patch.ts';

export interface Call {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource?: 'status' | undefined;
  readonly dryRun?: boolean;
}

/**
 * lost: it happens, but no answer comes. crash-before, crash-after: the caller dies around it.
 * A failure kind: that answer, and nothing happens.
 */
export type Fault = 'lost' | 'crash-before' | 'crash-after' | KubeFailure['kind'];

export interface Change {
  readonly kind: 'added' | 'modified' | 'deleted';
  /** Group resource. */
  readonly resource: string;
  readonly object: Stored;
}

/** The process is gone: nothing may catch it and go on. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface Stored extends KubeObject {
  readonly [field: string]: unknown;
}

export class MemoryApi implements KubeReader, MetadataReader, KubeWriter {
  /** What was carried out, in order. */
  readonly writes: Call[] = [];
  /** Asked before each call; by default all goes well. It may change objects: somebody else was faster. */
  fault: (call: Call) => Fault | undefined = () => undefined;
  /** Creation times of objects. */
  now: () => string = () => '2026-01-01T00:00:00Z';
  /** Called after each change of an object: what a watch sees. */
  readonly watchers = new Set<(change: Change) => void>();
  readonly #objects = new Map<string, Stored>();
  #counter = 0;

  find(type: ResourceType, namespace: string, name: string): Stored | undefined {
    const found = this.#objects.get(idOf(type, namespace, name));
    return found === undefined ? undefined : copy(found);
  }

  all(type: ResourceType): Stored[] {
    return [...this.#objects].filter(([id]) => id.startsWith(`${groupResource(type)}/`)).map(([, object]) => copy(object));
  }

  /** Somebody else creates or replaces an object; the faults don't concern them. */
  put(type: ResourceType, object: { readonly metadata: object; readonly [field: string]: unknown }): void {
    const { name, namespace = '' } = object.metadata as { name: string; namespace?: string };
    const id = idOf(type, namespace, name);
    const before = this.#objects.get(id);
    if (before === undefined) this.#add(type, namespace, object);
    else {
      const { apiVersion, kind, metadata } = before;
      this.#update(id, before, { apiVersion, kind, ...object, metadata: { ...object.metadata, uid: metadata.uid } });
    }
  }

  /** Somebody else patches an object that exists. */
  edit(type: ResourceType, namespace: string, name: string, patch: object): void {
    const id = idOf(type, namespace, name);
    const before = this.#objects.get(id);
    if (before !== undefined) this.#update(id, before, mergePatch(before, patch) as Stored);
  }

  remove(type: ResourceType, namespace: string, name: string): void {
    this.#delete(idOf(type, namespace, name));
  }

  get<T extends KubeObject>(type: ResourceType, { namespace, name }: ObjectName): Promise<KubeResult<T>> {
    return this.#answer({ verb: 'get', kind: type.kind, namespace, name }, () => {
      const found = this.find(type, namespace, name);
      return found === undefined ? refuse('not-found') : ok(found as KubeObject as T);
    });
  }

  list<T extends KubeObject>(
    type: ResourceType,
    scope: { readonly namespace: string; readonly labelSelector?: string },
  ): Promise<KubeResult<readonly T[]>> {
    const call = { verb: 'list', kind: type.kind, namespace: scope.namespace, name: '' } as const;
    return this.#answer(call, () =>
      ok(
        this.all(type).filter(
          ({ metadata }) => metadata.namespace === scope.namespace && selects(scope.labelSelector ?? '', metadata.labels ?? {}),
        ) as KubeObject[] as T[],
      ),
    );
  }

  metadataPage(
    type: ResourceType,
    { namespace, labelSelector, fieldSelector, limit, after }: MetadataScope,
  ): Promise<KubeResult<MetadataPage>> {
    return this.#answer({ verb: 'list', kind: type.kind, namespace, name: '' }, () => {
      const found = this.all(type).filter(
        (object) =>
          object.metadata.namespace === namespace &&
          selects(labelSelector ?? '', object.metadata.labels ?? {}) &&
          isInPhase(object, fieldSelector ?? ''),
      );
      const start = Number(after ?? 0);
      const objects = found.slice(start, start + limit).map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }));
      return ok({ objects, ...(start + limit < found.length ? { next: String(start + limit) } : {}) });
    });
  }

  create<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    body: object,
    _signal?: AbortSignal,
    mode?: 'dry-run',
  ): Promise<KubeResult<T>> {
    const object = copy(body) as Stored;
    const { name } = object.metadata;
    const dryRun = mode === 'dry-run';
    return this.#answer({ verb: 'create', kind: type.kind, namespace, name, dryRun }, () => {
      if (this.find(type, namespace, name) !== undefined) return refuse('already-exists');
      if (dryRun) return ok(object as KubeObject as T);
      return ok(copy(this.#add(type, namespace, object)) as KubeObject as T);
    });
  }

  mergePatch<T extends KubeObject>(
    type: ResourceType,
    { namespace, name }: ObjectName,
    body: object,
    _signal?: AbortSignal,
    subresource?: 'status',
  ): Promise<KubeResult<T>> {
    const patch = copy(body) as { metadata?: { uid?: string; resourceVersion?: string } };
    return this.#answer({ verb: 'patch', kind: type.kind, namespace, name, subresource }, () => {
      const id = idOf(type, namespace, name);
      const before = this.#objects.get(id);
      if (before === undefined) return refuse('not-found');
      if (!meets(before, patch.metadata ?? {})) return refuse('conflict');
      const patched = mergePatch(before, patch) as Stored;
      const problem = type.kind === 'Secret' ? secretProblem(before, patched) : false;
      if (problem) return refuse('invalid');
      const status = patched['status'] === undefined ? {} : { status: patched['status'] };
      const next = subresource === 'status' ? { ...before, ...status } : patched;
      return ok(copy(this.#update(id, before, next)) as KubeObject as T);
    });
  }

  delete(
    type: ResourceType,
    { namespace, name }: ObjectName,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
  ): Promise<KubeResult<void>> {
    return this.#answer({ verb: 'delete', kind: type.kind, namespace, name }, () => {
      const id = idOf(type, namespace, name);
      const before = this.#objects.get(id);
      if (before === undefined) return refuse('not-found');
      if (!meets(before, preconditions)) return refuse('conflict');
      this.#delete(id);
      return ok(undefined);
    });
  }

  async #answer<T>(call: Call, carryOut: () => KubeResult<T>): Promise<KubeResult<T>> {
    await Promise.resolve();
    const fault = this.fault(call);
    if (fault === 'crash-before') throw new Crash();
    if (fault !== undefined && fault !== 'lost' && fault !== 'crash-after') return refuse(fault);
    const result = carryOut();
    if (result.ok && call.verb !== 'get' && call.verb !== 'list' && call.dryRun !== true) this.writes.push(call);
    if (fault === 'crash-after') throw new Crash();
    return fault === 'lost' ? refuse('unavailable') : result;
  }

  #add(type: ResourceType, namespace: string, object: { readonly metadata: object }): Stored {
    const { name } = object.metadata as { name: string };
    this.#counter += 1;
    const own = {
      uid: `uid-${this.#counter}`,
      resourceVersion: String(this.#counter),
      creationTimestamp: this.now(),
      ...('spec' in object ? { generation: 1 } : {}),
    };
    const place = namespace === '' ? {} : { namespace };
    const metadata = { ...own, ...object.metadata, ...place, resourceVersion: own.resourceVersion };
    const kind = type.kind === 'Secret' ? { type: 'Opaque' } : {};
    const stored = tidy({ apiVersion: apiVersionOf(type), ...kind, ...object, kind: type.kind, metadata } as unknown as Stored);
    this.#set('added', idOf(type, namespace, name), stored);
    return stored;
  }

  #set(kind: 'added' | 'modified', id: string, object: Stored): void {
    this.#objects.set(id, object);
    this.#tell({ kind, resource: resourceOf(id), object });
  }

  #delete(id: string): void {
    const object = this.#objects.get(id);
    if (object === undefined) return;
    this.#objects.delete(id);
    this.#tell({ kind: 'deleted', resource: resourceOf(id), object });
  }

  #tell(change: Change): void {
    const told = { ...change, object: copy(change.object) };
    for (const watcher of this.watchers) watcher(told);
  }

  #update(id: string, before: Stored, next: Stored | { readonly metadata: object }): Stored {
    const { uid, creationTimestamp, resourceVersion, generation = 0 } = before.metadata;
    const sameSpec = !('spec' in next) || canonical(before['spec']) === canonical(next['spec']);
    const metadata = {
      ...next.metadata,
      uid,
      creationTimestamp,
      resourceVersion,
      ...('spec' in next ? { generation: sameSpec ? generation : generation + 1 } : {}),
    };
    const stored = tidy({ ...next, metadata } as Stored);
    if (canonical(stored) === canonical(before)) return before;
    this.#counter += 1;
    const moved = { ...stored, metadata: { ...stored.metadata, resourceVersion: String(this.#counter) } };
    this.#set('modified', id, moved);
    return moved;
  }
}

export function refuse(kind: KubeFailure['kind']): { readonly ok: false; readonly failure: KubeFailure } {
  return { ok: false, failure: { kind, status: 0, message: `the API server says ${kind}` } };
}

function idOf(type: ResourceType, namespace: string, name: string): string {
  return `${groupResource(type)}/${namespace}/${name}`;
}

function resourceOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function meets({ metadata }: KubeObject, { uid, resourceVersion }: { uid?: string; resourceVersion?: string }): boolean {
  return (uid === undefined || uid === metadata.uid) && (resourceVersion === undefined || resourceVersion === metadata.resourceVersion);
}

/** apimachinery's ValidateSecretUpdate, and the one controller of ValidateOwnerReferences. */
function secretProblem(before: SecretObject, after: SecretObject): boolean {
  const controllers = (after.metadata.ownerReferences ?? []).filter(({ controller }) => controller === true);
  const thawed = before.immutable === true && (after.immutable !== true || canonical(before.data) !== canonical(after.data));
  return before.type !== after.type || thawed || controllers.length > 1;
}

/** Empty maps and lists of the metadata and of data are not stored. */
function tidy(object: Stored): Stored {
  const metadata = Object.entries(object.metadata).filter(([, value]) => !isEmpty(value));
  const fields = Object.entries(object).filter(([name, value]) => name !== 'data' || !isEmpty(value));
  return copy({ ...Object.fromEntries(fields), metadata: Object.fromEntries(metadata) }) as unknown as Stored;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) => {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? ''
  );
}

/** Inequality of the phase of pods only: `status.phase!=Failed,…`. */
function isInPhase({ status }: Stored, selector: string): boolean {
  const phase = (status as { readonly phase?: string } | undefined)?.phase ?? '';
  return !selector.split(',').includes(`status.phase!=${phase}`);
}

/** Equality only: `a=1,b=2`. */
export function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
  if (selector === '') return true;
  return selector.split(',').every((part) => {
    const [name = '', value = ''] = part.split('=');
    return labels[name] === value;
  });
}
