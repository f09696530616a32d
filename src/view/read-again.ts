/**
 * Reads objects that were not kept whole once more when the budget has room for them. The state of the budget decides, and all of these objects are checked
 * again at a long interval: a missed signal only costs time. A namespace in which a request fails is tried again after a pause; the others are read meanwhile.
 */
import type { KubeObject, OwnObject } from '../api/object/object.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import { isAbortBy } from '../base/abort.ts';
import { type Clock, ms } from '../base/time/clock.ts';
import { nameOf, type Key } from '../base/key.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import { runTogether, untilFirst } from '../base/waiting.ts';
import type { ListWatcher, Omitted } from '../kube/port.ts';
import type { KeptBudget } from '../watch/kept-budget.ts';
import { listOnce } from '../watch/list-once.ts';
import type { EventHandler, WatchEvent } from '../watch/port.ts';
import { PausedNamespaces } from './paused-namespaces.ts';

/** Minimum time between two passes, however often memory is released. */
const PASS_INTERVAL = ms(1_000);
/** How long a namespace is left out after a request has failed in it. */
const FAILURE_PAUSE = ms(10_000);
const CHECK_INTERVAL = ms(10 * 60_000);
/** A check takes a microsecond, so one checkpoint of the event loop covers several of them. */
const CHECKS_PER_STEP = 64;

/** A kind with a budget: an own kind, or a supporting one. */
export interface BudgetedKind<T extends OwnObject> {
  readonly type: ResourceType;
  readonly budget: KeptBudget;
  /** The objects of the kind. */
  readonly labelSelector?: string;
  /** Metadata that is not parsed. */
  readonly omitted?: Omitted;
  /** See `BudgetedStore.readAgain`. */
  readonly readAgain: (raw: KubeObject) => WatchEvent<T> | undefined;
}

export interface ReadAgainParts<T extends OwnObject> {
  readonly kind: BudgetedKind<T>;
  /** Gets the event of an object that is kept whole now. */
  readonly handler: EventHandler<T>;
  readonly watcher: ListWatcher;
  readonly slices: TimeSlices;
  readonly clock: Clock;
}

/** Reads objects of all these kinds, until `signal` aborts. `kinds` and `handlerOf`: by the id of the kind. */
export async function readAllAgain(
  kinds: ReadonlyMap<string, BudgetedKind<OwnObject>>,
  handlerOf: (id: string) => EventHandler<KubeObject>,
  parts: Pick<ReadAgainParts<OwnObject>, 'watcher' | 'slices' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const readAll = Array.from(kinds, ([id, kind]) => (failed: AbortSignal): Promise<void> => {
    return readAgain({ ...parts, kind, handler: handlerOf(id) }, AbortSignal.any([signal, failed]));
  });
  await runTogether(readAll);
}

/** Runs until `signal` aborts. */
export async function readAgain<T extends OwnObject>(parts: ReadAgainParts<T>, signal: AbortSignal): Promise<void> {
  const { kind, clock } = parts;
  const paused = new PausedNamespaces(clock, FAILURE_PAUSE);
  let room = Promise.withResolvers<void>();
  kind.budget.onRoom(() => room.resolve());
  try {
    for (;;) {
      room = Promise.withResolvers<void>();
      await pass(parts, paused, signal);
      await clock.sleep(PASS_INTERVAL, signal);
      await untilFirst(room.promise, paused.untilNext ?? CHECK_INTERVAL, clock, signal);
    }
  } catch (error) {
    if (!isAbortBy(signal, error)) throw error;
  }
}

/** Reads one object after the other. */
async function pass<T extends OwnObject>(parts: ReadAgainParts<T>, paused: PausedNamespaces, signal: AbortSignal): Promise<void> {
  const { kind, slices } = parts;
  const work = slices.worker('', signal);
  let checks = 0;
  paused.resume();
  for (const key of kind.budget.notKept()) {
    if (checks % CHECKS_PER_STEP === 0) await work.checkpoint();
    checks += 1;
    const { namespace } = nameOf(key);
    if (paused.has(namespace) || !kind.budget.fits(key)) continue;
    if (!(await readOne(key, parts, signal))) paused.add(namespace);
  }
}

/** False if the request has failed. */
async function readOne<T extends OwnObject>(
  key: Key,
  { kind, handler, watcher }: ReadAgainParts<T>,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name } = nameOf(key);
  const { type, omitted, labelSelector } = kind;
  const listed = await listOnce(watcher, {
    type,
    namespace,
    fieldSelector: `metadata.name=${name}`,
    ...(labelSelector !== undefined && { labelSelector }),
    ...(omitted !== undefined && { omitted }),
    transform: (raw) => kind.readAgain(raw),
    signal,
  });
  if (!listed.ok) return false;
  for (const event of listed.value) if (event !== undefined) handler(event);
  return true;
}
