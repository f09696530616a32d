/**
 * Finds the oldest pods of workloads. It reads the pods of all tenants, one page at a time, and the namespaces take turns,
 * so that a namespace with thousands of pods neither fills the memory nor delays another. A reconcile does not wait: its key is enqueued
 * when the answer is known.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { type Key, nameOf } from '../../base/key.ts';
import type { KubeReader, MetadataReader } from '../../kube/port.ts';
import { type OldestPod, OldestPodSearch, type PodOwner } from './oldest-pod-search.ts';

export interface PodAgesOptions {
  readonly client: KubeReader & MetadataReader;
  /** An answer for this key is known. */
  readonly onAnswer: (key: Key) => void;
  readonly clock: Pick<Clock, 'monotonic'>;
}

interface Question {
  readonly id: string;
  readonly key: Key;
  readonly ages: AskedAges;
  readonly search: OldestPodSearch;
}

/** Times since the epoch with which the oldest pod is compared: one for each change that its workload asks about. */
export interface AskedAges {
  readonly earliest: Ms;
  readonly latest: Ms;
}

/** Time for which an answer is valid that causes a restart or is a failure. */
const BELIEVED_FOR = ms(30_000);

interface Held {
  readonly id: string;
  readonly answer: OldestPod;
  /** On the monotonic clock. Set at the first use of the answer, because the reconcile may have to wait. */
  until: number | undefined;
}

export class PodAges {
  readonly #options: PodAgesOptions;
  /** The question of each key, by namespace. The first one has waited longest. */
  readonly #waiting = new Map<string, Map<Key, Question>>();
  readonly #answers = new Map<Key, Held>();
  #more = Promise.withResolvers<void>();

  constructor(options: PodAgesOptions) {
    this.#options = options;
  }

  /**
   * The oldest pod of a workload. The search ends at the first pod that is not younger than the earliest age, so there may be older ones. Undefined: not known
   * yet; `key` is enqueued when it is known. A key has one question at a time.
   */
  ask(key: Key, owner: PodOwner, ages: AskedAges): OldestPod | undefined {
    const { uid, generation } = owner.metadata;
    const id = `${uid}/${generation ?? 0}/${ages.earliest}/${ages.latest}`;
    const known = this.#held(key, id)?.answer;
    if (known === undefined) this.#enqueue({ id, key, ages, search: new OldestPodSearch(this.#options.client, owner, ages.earliest) });
    return known;
  }

  /** The key was deleted, or has no question now. */
  forget(key: Key): void {
    this.#answers.delete(key);
    this.#remove(key);
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#more.resolve();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      const question = this.#next();
      if (question === undefined) await this.#untilMore();
      else await this.#step(question, signal);
    }
  }

  async #untilMore(): Promise<void> {
    await this.#more.promise;
    this.#more = Promise.withResolvers<void>();
  }

  #held(key: Key, id: string): Held | undefined {
    const held = this.#answers.get(key);
    if (held?.id !== id) return undefined;
    const now = this.#options.clock.monotonic();
    held.until ??= now + BELIEVED_FOR;
    return held.until > now ? held : undefined;
  }

  #enqueue(question: Question): void {
    const { namespace } = nameOf(question.key);
    const questions = this.#waiting.get(namespace) ?? new Map<Key, Question>();
    // Another question replaces the one that waits: the facts have changed.
    if (questions.get(question.key)?.id === question.id) return;
    questions.set(question.key, question);
    this.#waiting.set(namespace, questions);
    this.#more.resolve();
  }

  /** The question of the namespace with the present turn. After that the namespace goes to the end of the order. */
  #next(): Question | undefined {
    for (const [namespace, questions] of this.#waiting) {
      this.#waiting.delete(namespace);
      this.#waiting.set(namespace, questions);
      const [first] = questions.values();
      return first;
    }
    return undefined;
  }

  #remove(key: Key): void {
    const { namespace } = nameOf(key);
    const questions = this.#waiting.get(namespace);
    questions?.delete(key);
    if (questions?.size === 0) this.#waiting.delete(namespace);
  }

  async #step(question: Question, signal: AbortSignal): Promise<void> {
    try {
      const answer = await question.search.step(signal);
      if (answer !== undefined) this.#answer(question, answer);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #answer(question: Question, answer: OldestPod): void {
    const { key, id, ages } = question;
    if (this.#waiting.get(nameOf(key).namespace)?.get(key) !== question) return;
    this.#remove(key);
    // New pods are younger, so the answer "all are younger than all ages" stays valid.
    const isYoung = answer.ok && (answer.value.createdAt === undefined || answer.value.createdAt > ages.latest);
    this.#answers.set(key, { id, answer, until: isYoung ? Infinity : undefined });
    this.#options.onAnswer(key);
  }
}
