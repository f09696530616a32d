/** Watches the restarts of a schedule: how many there are, when they come, and whether each was needed. */
import type { KubeObject } from '../../../src/api/object/object.ts';
import { parseMarker } from '../../../src/restart/source/marker.ts';
import { FlightLog } from './flight-log.ts';
import { NAMESPACE, type PlannedWorkload, workloads, writers } from './objects.ts';
import { countedFor } from './oracle.ts';
import type { Injected } from './perform.ts';
import { scheduleConfig } from './operator-process.ts';
import type { OperatorWrite, World } from './world.ts';

type Data = Readonly<Record<string, string>>;

interface Restart {
  readonly at: number;
  readonly uid: string;
  readonly workload: PlannedWorkload;
  /** Whether only one process acted. */
  readonly isAlone: boolean;
}

/** Pods of this age have certainly been seen by a search for old pods. */
const SEEN_MS = 60_000;
/** The time of a restart is recorded before its patch, which may take several requests. */
const REQUESTS_MS = 5_000;
/** AGE_TOLERANCE, and a second for the time of creation. */
const TOLERANCE_MS = 11_000;

export class PatchLog {
  readonly #world: World;
  readonly #injected: Injected;
  readonly #flights: FlightLog;
  readonly #restarts: Restart[] = [];
  readonly #problems: string[] = [];
  /** Changes of the template by whomever, by uid. */
  readonly #templates = new Map<string, number>();

  constructor(world: World, injected: Injected) {
    this.#world = world;
    this.#injected = injected;
    this.#flights = new FlightLog(world, injected);
    world.onOperatorWrite = (write) => this.#wrote(write);
    this.#countChanges();
  }

  get count(): number {
    return this.#restarts.length;
  }

  get changes(): number {
    return [...new Set(writers.map(({ secret }) => secret))].reduce((sum, secret) => sum + this.#changesOf(secret), 0);
  }

  problems(): readonly string[] {
    return [...this.#problems, ...this.#tooMany()];
  }

  #wrote({ call, before, after, by }: OperatorWrite): void {
    const workload = workloads.find(({ kind, name }) => call.kind === kind && call.name === name);
    if (workload === undefined || before === undefined || after === undefined || templateOf(before) === templateOf(after)) return;
    const at = this.#world.clock.now();
    const isAlone = this.#world.processes.size === 1 && this.#world.leader === by;
    this.#checkMarkers(workload, before, after);
    this.#checkInterval(workload, before.metadata.uid, at, isAlone);
    this.#checkNeed(workload, at, isAlone);
    if (isAlone) this.#problems.push(...this.#flights.patched({ workload, before, after, markers: changedMarkers(before, after) }));
    this.#restarts.push({ at, uid: before.metadata.uid, workload, isAlone });
  }

  /** A marker never goes back. */
  #checkMarkers({ name }: PlannedWorkload, before: KubeObject, after: KubeObject): void {
    const former = markersOf(before);
    for (const [marker, text] of Object.entries(markersOf(after))) {
      const [was, is] = [parseMarker(former[marker] ?? ''), parseMarker(text)];
      if (is.sequence < was.sequence) this.#problems.push(`taken back: ${name} ${marker} from ${former[marker]} to ${text}`);
    }
  }

  #checkInterval({ name }: PlannedWorkload, uid: string, at: number, isAlone: boolean): void {
    const last = this.#restarts.findLast((one) => one.uid === uid);
    if (last === undefined || !isAlone || !last.isAlone || this.#injected.isLedgerLost) return;
    if (at - last.at < scheduleConfig.restartMinInterval - REQUESTS_MS)
      this.#problems.push(`too early: ${name} again after ${at - last.at} ms`);
  }

  /** Some pod has read older content, or may have. */
  #checkNeed(workload: PlannedWorkload, at: number, isAlone: boolean): void {
    const { model } = this.#world;
    const pods = model.podsOf(workload);
    if (!isAlone || pods.length === 0 || pods.some(({ pod }) => pod.startedAt > at - SEEN_MS)) return;
    const needed = countedFor(this.#world, workload).some(({ secret, keys }) => {
      const versions = model.versionsOf(NAMESPACE, secret);
      const oldest = Math.min(...pods.map(({ pod }) => pod.startedAt));
      return versions.some(
        (version, index) => version.at + TOLERANCE_MS >= oldest && this.#haveChanged(keys, versions[index - 1]?.data ?? {}, version.data),
      );
    });
    if (!needed) this.#problems.push(`needless: ${workload.name} at ${new Date(at).toISOString()}, all pods read the present content`);
  }

  #haveChanged(keys: readonly string[], before: Data, after: Data): boolean {
    return this.#injected.areKeysUnknown || keys.some((key) => before[key] !== after[key]);
  }

  /** Generations of the template: at most one for each change of what the workload consumes, and one for each change by others. */
  #tooMany(): readonly string[] {
    const uids = new Map(this.#restarts.map(({ uid, workload }) => [uid, workload]));
    return [...uids].flatMap(([uid, workload]) => {
      const made = this.#restarts.filter((one) => one.uid === uid).length;
      const changes = countedFor(this.#world, workload).reduce((sum, { secret }) => sum + this.#changesOf(secret), 0);
      const most = changes + (this.#templates.get(uid) ?? made) - made;
      return made > most
        ? [`repeated: ${workload.name} was restarted ${made} times for ${changes} changes and ${most - changes} of others`]
        : [];
    });
  }

  #changesOf(secret: string): number {
    return Math.max(this.#world.model.versionsOf(NAMESPACE, secret).length - 1, 0);
  }

  #countChanges(): void {
    const known = new Map<string, string>();
    this.#world.api.watchers.add(({ resource, object }) => {
      if (!resource.endsWith('.apps')) return;
      const { uid } = object.metadata;
      const template = templateOf(object);
      const before = known.get(uid);
      known.set(uid, template);
      if (before !== undefined && before !== template) this.#templates.set(uid, (this.#templates.get(uid) ?? 0) + 1);
    });
  }
}

function templateOf(object: KubeObject): string {
  return JSON.stringify((object as { readonly spec?: { readonly template?: unknown } }).spec?.template);
}

function changedMarkers(before: KubeObject, after: KubeObject): ReadonlySet<string> {
  const [former, present] = [markersOf(before), markersOf(after)];
  return new Set(Object.keys({ ...former, ...present }).filter((name) => former[name] !== present[name]));
}

function markersOf(object: KubeObject): Readonly<Record<string, string>> {
  const { spec } = object as {
    readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } };
  };
  return spec?.template?.metadata?.annotations ?? {};
}
