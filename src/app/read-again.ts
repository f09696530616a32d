/**
 * Reads objects again that were not kept whole, when the budget has room for them. Only the present state of the budget counts, and all
 * such objects are checked again at a long interval, so a lost signal only causes a delay.
 */
import type { OwnObject } from '../api/object.ts';
import { isAbortBy } from '../base/abort.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import { nameOf, type Key } from '../base/key.ts';
import type { TimeSlices } from '../base/time-slices.ts';
import { runTogether } from '../base/waiting.ts';
import type { ListWatcher } from '../kube/port.ts';
import { listOnce } from '../watch/list-once.ts';
import type { EventHandler } from '../watch/port.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import type { HandlerOf } from '../view/reflectors.ts';
import type { OwnKind } from '../view/own-kind.ts';

/** Minimum time between two passes, however often memory is released. */
const PASS_INTERVAL = ms(1_000);
const FAILURE_DELAY = ms(10_000);
const CHECK_INTERVAL = ms(10 * 60_000);
/** A check takes a microsecond, so one checkpoint of the event loop covers several of them. */
const CHECKS_PER_STEP = 64;

export interface ReadAgainParts<T extends OwnObject> {
  readonly kind: OwnKind<T>;
  /** Gets the event of an object that is kept whole now. */
  readonly handler: EventHandler<T>;
  readonly watcher: ListWatcher;
  readonly slices: TimeSlices;
  readonly clock: Clock;
}

/** Reads objects of all reconciled kinds, until `signal` aborts. */
export async function readOwnAgain(
  own: ClusterView['own'],
  handlerOf: HandlerOf,
  parts: Pick<ReadAgainParts<OwnObject>, 'watcher' | 'slices' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const readAll = Array.from(own, ([name, kind]) => (failed: AbortSignal): Promise<void> => {
    return readAgain({ ...parts, kind, handler: handlerOf(name) }, AbortSignal.any([signal, failed]));
  });
  await runTogether(readAll);
}

/** Runs until `signal` aborts. */
export async function readAgain<T extends OwnObject>(parts: ReadAgainParts<T>, signal: AbortSignal): Promise<void> {
  const { kind, clock } = parts;
  let room = Promise.withResolvers<void>();
  kind.budget.onRoom(() => room.resolve());
  try {
    for (;;) {
      room = Promise.withResolvers<void>();
      const succeeded = await pass(parts, signal);
      await clock.sleep(succeeded ? PASS_INTERVAL : FAILURE_DELAY, signal);
      if (succeeded) await atMost(CHECK_INTERVAL, room.promise, clock, signal);
    }
  } catch (error) {
    if (!isAbortBy(signal, error)) throw error;
  }
}

/** Resolves with `event`, or after `time`. */
async function atMost(time: Ms, event: Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([event, clock.sleep(time, AbortSignal.any([signal, over.signal]))]);
  } finally {
    over.abort();
  }
}

/** Reads the objects one after the other. False if a request failed. */
async function pass<T extends OwnObject>(parts: ReadAgainParts<T>, signal: AbortSignal): Promise<boolean> {
  const { kind, slices } = parts;
  const work = slices.worker('', signal);
  let checks = 0;
  for (const key of kind.budget.notKept()) {
    if (checks % CHECKS_PER_STEP === 0) await work.checkpoint();
    checks += 1;
    if (kind.budget.fits(key) && !(await readOne(key, parts, signal))) return false;
  }
  return true;
}

async function readOne<T extends OwnObject>(
  key: Key,
  { kind, handler, watcher }: ReadAgainParts<T>,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name } = nameOf(key);
  const { type, omitted } = kind;
  const fieldSelector = `metadata.name=${name}`;
  const listed = await listOnce(watcher, { type, namespace, fieldSelector, omitted, transform: (raw) => kind.readAgain(raw), signal });
  if (!listed.ok) return false;
  for (const event of listed.value) if (event !== undefined) handler(event);
  return true;
}
