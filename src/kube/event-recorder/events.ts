/**
 * Writes events.k8s.io/v1 Events in the background: a queue that namespaces share fairly, one write at a time, no retry. No other function
 * of the operator may depend on an Event.
 */
import { randomBytes } from 'node:crypto';
import { builtin } from '../../api/object/builtin-types.ts';
import { type Clock, ms } from '../../base/time/clock.ts';
import { startDeadline } from '../../base/time/deadline.ts';
import { EventSeries, type Series } from './event-series.ts';
import { microTime } from '../micro-time.ts';
import type { EventRecord, EventRecorder, EventSubject, KubeFailure, KubeResult, KubeWriter } from '../port.ts';
import { type QueuedEvent, QueuedEvents } from './queued-events.ts';

/**
 * overflow: the queue, or the share of the namespace, was full. limited: the object, or all objects together (without warnings), caused too
 * many.
 */
export type EventWriteResult = 'written' | 'counted' | 'limited' | 'overflow' | 'failed';

export interface EventRecorderOptions {
  readonly writer: Pick<KubeWriter, 'create' | 'mergePatch'>;
  readonly clock: Clock;
  /** reportingController, for example `keytender.dev/keytender`. */
  readonly controller: string;
  /** reportingInstance: the name of the pod. */
  readonly instance: string;
  /** For logs and metrics, once for each event. */
  readonly onResult?: (result: EventWriteResult, failure?: KubeFailure) => void;
}

export interface RunningEventRecorder extends EventRecorder {
  /** Writes the recorded Events until `signal` aborts, and then the remaining ones within two seconds. Call it once. */
  run(signal: AbortSignal): Promise<void>;
}

const FLUSH_LIMIT_MS = 2_000;
/** Limits of the API (validation of events.k8s.io/v1), in bytes for the note. */
const MAX_NOTE_BYTES = 1_024;
const MAX_NAME_LENGTH = 253;
const MAX_WORD_LENGTH = 128;

export function createEventRecorder(options: EventRecorderOptions): RunningEventRecorder {
  const recorder = new BackgroundRecorder(options);
  return { record: (event) => recorder.record(event), run: (signal) => recorder.run(signal) };
}

class BackgroundRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series: EventSeries;
  readonly #queue = new QueuedEvents();
  #wake: () => void = () => undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#series = new EventSeries(options.clock);
  }

  record(event: EventRecord): void {
    const kept = { ...event, regarding: nameOnly(event.regarding), note: cutNote(event.note) };
    if (this.#queue.add({ event: kept, name: eventName(event) }) > 0) this.#options.onResult?.('overflow');
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.#writeQueued(signal);
        await this.#nextRecord(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    using deadline = startDeadline(new AbortController().signal, FLUSH_LIMIT_MS);
    try {
      await this.#writeQueued(deadline.signal);
      for (const series of this.#series.unwritten()) await this.#count(series, deadline.signal);
    } catch (error) {
      // An Event that could not be written in time is lost, because the process ends.
      if (!deadline.expired) throw error;
    }
  }

  /** An Event leaves the queue after its write has ended. So the flush repeats a write that was aborted. */
  async #writeQueued(signal: AbortSignal): Promise<void> {
    for (let next = this.#queue.next(); next !== undefined; next = this.#queue.next()) {
      await this.#write(next, signal);
      this.#queue.remove(next);
    }
  }

  #nextRecord(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#queue.size > 0 || signal.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async #write({ event, name }: QueuedEvent, signal: AbortSignal): Promise<void> {
    const decision = this.#series.decide(event, name);
    switch (decision.kind) {
      case 'create':
        return this.#create(decision.series, signal);
      case 'count':
        return this.#count(decision.series, signal);
      case 'wait':
        this.#options.onResult?.('counted');
        return undefined;
      case 'limited':
        this.#options.onResult?.('limited');
        return undefined;
    }
  }

  async #create(series: Series, signal: AbortSignal): Promise<void> {
    const body = eventBody(series, this.#options);
    await this.#settle(series, () => this.#options.writer.create(builtin.event, series.namespace, body, signal));
  }

  async #count(series: Series, signal: AbortSignal): Promise<void> {
    const body = { series: { count: series.count, lastObservedTime: microTime(series.lastSeen) } };
    const { namespace, name } = series;
    await this.#settle(series, () => this.#options.writer.mergePatch(builtin.event, { namespace, name }, body, signal));
  }

  /** A series that could not be written is removed, so that the next occurrence makes a new Event (Events expire after an hour). */
  async #settle(series: Series, write: () => Promise<KubeResult<unknown>>): Promise<void> {
    let written = false;
    try {
      const result = await write();
      // already-exists: an earlier attempt of the same write reached the API server before it was aborted.
      written = result.ok || result.failure.kind === 'already-exists';
      if (written) this.#options.onResult?.('written');
      else if (!result.ok) this.#options.onResult?.('failed', result.failure);
    } finally {
      if (written) this.#series.written(series);
      else this.#series.forget(series);
    }
  }
}

function eventBody({ event, name, namespace, lastSeen }: Series, { controller, instance }: EventRecorderOptions): object {
  const { apiVersion, kind, metadata } = event.regarding;
  const { uid, resourceVersion } = metadata;
  const where = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
  return {
    metadata: { name, namespace },
    eventTime: microTime(ms(lastSeen)),
    reportingController: controller,
    reportingInstance: instance.slice(0, MAX_WORD_LENGTH),
    action: event.action.slice(0, MAX_WORD_LENGTH),
    reason: event.reason.slice(0, MAX_WORD_LENGTH),
    type: event.type,
    note: event.note,
    regarding: { apiVersion, kind, name: metadata.name, uid, ...where, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  };
}

/** A reference instead of the object: an Event stays in memory for minutes, and a whole object must not stay that long. */
function nameOnly({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: EventSubject): EventSubject {
  const where = namespace === undefined ? {} : { namespace };
  return { apiVersion, kind, metadata: { name, ...where, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) } };
}

/** The name of the object and a unique suffix, as client-go names Events. A shortened name must end in a letter or digit. */
function eventName(event: EventRecord): string {
  const unique = randomBytes(8).toString('hex');
  const stem = event.regarding.metadata.name.slice(0, MAX_NAME_LENGTH - unique.length - 1).replace(/[^a-z0-9]+$/, '');
  return `${stem}.${unique}`;
}

function cutNote(note: string): string {
  const bytes = Buffer.from(note, 'utf8');
  if (bytes.byteLength <= MAX_NOTE_BYTES) return note;
  // An incomplete character becomes U+FFFD, which is removed.
  return `${bytes
    .subarray(0, MAX_NOTE_BYTES - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}
