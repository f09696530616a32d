/** Watches the limits and the waves of a schedule: what rolls at the same time, by what pods and statuses say, and whether the canary was done before the rest. */
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import { NAMESPACE, type PlannedWorkload, workloadOf, workloads, type Writer, writers } from './objects.ts';
import { scheduleConfig } from './operator-process.ts';
import type { Injected } from './perform.ts';
import type { World } from './world.ts';

interface Flight {
  readonly at: number;
  readonly uid: string;
  /** The pod template after the patch, as JSON. Another one is the rollout of somebody else. */
  readonly template: string;
  /** Names of the markers that the patch has changed. */
  readonly markers: ReadonlySet<string>;
}

export interface Patch {
  readonly workload: PlannedWorkload;
  readonly before: KubeObject;
  readonly after: KubeObject;
  readonly markers: ReadonlySet<string>;
}

/** The timeout of the policies, and a minute. */
const LONGEST_MS = 11 * 60_000;
/** Until then the operator may work with the former policy or content. */
const NEWS_MS = 10_000;

export class FlightLog {
  readonly #world: World;
  readonly #injected: Injected;
  readonly #flights = new Map<string, Flight>();

  constructor(world: World, injected: Injected) {
    this.#world = world;
    this.#injected = injected;
  }

  /** A restart by the only process. Returns what is wrong with it. */
  patched({ workload, before, after, markers }: Patch): readonly string[] {
    for (const [name, flight] of this.#flights) if (name === workload.name || this.#hasLanded(name, flight)) this.#flights.delete(name);
    const isCounted = isServing(before) && !this.#injected.isLedgerLost && this.#world.leader?.pipes.isHeld() === false;
    const problems = isCounted ? [...this.#aboveLimits(workload, markers), ...this.#beforeCanary(workload, markers)] : [];
    if (isServing(before))
      this.#flights.set(workload.name, { at: this.#world.clock.now(), uid: before.metadata.uid, template: templateOf(after), markers });
    return problems;
  }

  #hasLanded(name: string, { at, uid, template }: Flight): boolean {
    const object = this.#world.find(workloadOf(name));
    if (object === undefined || object.metadata.uid !== uid || this.#world.clock.now() - at > LONGEST_MS) return true;
    if (templateOf(object) !== template) return true;
    const { paused, updateStrategy } = specOf(object);
    const stays = paused === true || updateStrategy?.type === 'OnDelete' || (updateStrategy?.rollingUpdate?.partition ?? 0) > 0;
    return stays || isSettled(object);
  }

  #aboveLimits(workload: PlannedWorkload, markers: ReadonlySet<string>): readonly string[] {
    const others = [...this.#flights];
    const limit = scheduleConfig.restartMaxConcurrentPerNamespace;
    const names = others.map(([name]) => name).join(', ');
    const problems = others.length + 1 > limit ? [`above the limit of the namespace: ${workload.name} with ${names}`] : [];
    const [marker] = markers;
    const writer = writers.find(({ secret, restart }) => restart !== undefined && marker === markerOf(secret));
    const most = writer === undefined || markers.size > 1 ? Infinity : this.#maxConcurrentOf(writer);
    const same = others.filter(([, flight]) => flight.markers.size === 1 && marker !== undefined && flight.markers.has(marker));
    if (same.length + 1 > most) problems.push(`above maxConcurrent of ${writer?.name}: ${workload.name} with ${names}`);
    return problems;
  }

  #maxConcurrentOf({ name }: Writer): number {
    if (this.#world.clock.now() - (this.#injected.policyEditedAt.get(name) ?? -Infinity) < LONGEST_MS) return Infinity;
    const object = this.#world.api.find(keytender.kinds.externalSecret, NAMESPACE, name) as ExternalSecretObject | undefined;
    return (object?.spec as { readonly restart?: { readonly maxConcurrent?: number } } | undefined)?.restart?.maxConcurrent ?? Infinity;
  }

  /** The only canary is of db. It must have read the content before others are restarted for it alone. */
  #beforeCanary({ name, tier }: PlannedWorkload, markers: ReadonlySet<string>): readonly string[] {
    const canary = workloads.find((one) => one.tier === 'canary');
    const isForDb = markers.size === 1 && markers.has(markerOf('db'));
    if (tier === 'canary' || canary === undefined || !isForDb) return [];
    if (this.#injected.policyEditedAt.has('db') || this.#injected.disturbed.has(canary.name) || this.#injected.disturbed.has(name))
      return [];
    const last = this.#world.model.versionsOf(NAMESPACE, 'db').at(-1);
    if (last === undefined || last.at > this.#world.clock.now() - NEWS_MS) return [];
    const old = this.#world.model.podsOf(canary).filter(({ reads }) => JSON.stringify(reads.get('db')) !== JSON.stringify(last.data));
    return old.length > 0 ? [`before the canary: ${name} at ${new Date(this.#world.clock.now()).toISOString()}`] : [];
  }
}

function markerOf(secret: string): string {
  return `${keytender.annotations.restartPrefix}${secret}`;
}

interface Fields {
  readonly spec?: {
    readonly template?: unknown;
    readonly paused?: boolean;
    readonly replicas?: number;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
  };
  readonly status?: Readonly<Record<string, number>>;
}

function specOf(object: KubeObject): NonNullable<Fields['spec']> {
  return (object as Fields).spec ?? {};
}

function templateOf(object: KubeObject): string {
  return JSON.stringify(specOf(object).template);
}

function countsOf(object: KubeObject) {
  const { status = {} } = object as Fields;
  const wanted = object.kind === 'DaemonSet' ? 1 : (specOf(object).replicas ?? 1);
  return {
    wanted,
    present: status['replicas'] ?? status['currentNumberScheduled'] ?? 0,
    updated: status['updatedReplicas'] ?? status['updatedNumberScheduled'] ?? 0,
    available: status['availableReplicas'] ?? status['numberAvailable'] ?? 0,
    isObserved: (status['observedGeneration'] ?? 0) >= (object.metadata.generation ?? 0),
  };
}

function isSettled(object: KubeObject): boolean {
  const { wanted, present, updated, available, isObserved } = countsOf(object);
  return isObserved && updated === wanted && present === wanted && available === wanted;
}

/** Whether it is healthy enough to need a place. */
function isServing(object: KubeObject): boolean {
  const { wanted, available } = countsOf(object);
  return wanted > 0 && available >= wanted;
}
